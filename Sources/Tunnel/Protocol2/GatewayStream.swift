package import HTTPTypes
package import NIOCore
package import TelephoneKit

/// One exchange on the gateway's side of protocol 2. One task reads and one sends, at the same time; any may reset.
///
/// It is reset (code 0) if it is let go before its end.
package final class GatewayStream: Sendable {
  package let id: UInt32
  private let driver: LineDriver

  init(id: UInt32, driver: LineDriver) {
    self.id = id
    self.driver = driver
  }

  deinit { driver.perform { $0.release(id) } }

  /// The next of the answer: interim heads, the head, then data and the end, or after a 101 WebSocket frames. `nil` after
  /// the end. What is taken is given back as credit; who does not read makes the telephone wait.
  /// - Throws: ``StreamFault``: the answer is broken off. Its ``StreamFault/code`` has the client's status, if no head came.
  package func next() async throws -> StreamEvent? { try await driver.next(id) }

  /// What ``next()`` would give without a wait; `nil` also if there is nothing yet.
  package func nextIfPresent() throws(StreamFault) -> StreamEvent? {
    switch driver.perform({ $0.next(id) }) {
    case .event(let event): return event
    case .wait, .over: return nil
    case .fault(let fault): throw fault
    }
  }

  /// Sends octets of the request's body, and returns when they are taken.
  /// - Throws: ``StreamFault``. With the code 9 the telephone wants no more of the body; what came of its answer before
  ///   can still be read.
  package func send(_ octets: ByteBuffer) async throws {
    try await driver.send(id) { engine throws(StreamFault) in try engine.send(octets, on: id) }
  }

  /// The request is complete.
  package func end(_ trailers: HTTPFields? = nil) async throws {
    try await driver.send(id) { engine throws(StreamFault) in try engine.sendEnd(trailers, on: id) }
  }

  /// Returns when the exchange is over on the wire: both directions are complete, or it was reset, by whomever, or lost.
  /// What came before can still be read. One task may wait.
  /// - Throws: `CancellationError`.
  package func ended() async throws { try await driver.ended(id) }

  /// Gives the exchange up. A reader and a sender that wait throw. Harmless after the end.
  package func reset(_ code: ResetCode, _ reason: String = "") {
    driver.perform { $0.reset(id, code, reason) }
  }

  /// The telephone's end of the WebSocket, after a 101.
  package var webSocket: any WebSocketPeer { StreamWebSocket(driver: driver, id: id, gone: .cancelled, owner: self) }
}
