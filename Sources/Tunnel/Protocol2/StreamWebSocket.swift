package import TelephoneKit

/// One end of a WebSocket that travels on a stream, after its 101.
package final class StreamWebSocket: WebSocketPeer {
  let driver: LineDriver
  let id: UInt32
  /// The code for an end without a close (1006): 6 where the backend is gone, 0 where the client is.
  let gone: ResetCode
  /// What must live as long as the WebSocket.
  let owner: GatewayStream?

  init(driver: LineDriver, id: UInt32, gone: ResetCode, owner: GatewayStream? = nil) {
    self.driver = driver
    self.id = id
    self.gone = gone
    self.owner = owner
  }

  package func receive() async throws -> WebSocketFrame {
    do {
      switch try await driver.next(id) {
      case .frame(let frame): return frame
      default: throw ClientGone()
      }
    } catch is StreamFault {
      throw ClientGone()
    }
  }

  package func send(_ frame: WebSocketFrame) async throws {
    do {
      try await driver.send(id) { engine throws(StreamFault) in try engine.send(frame, on: id) }
    } catch is StreamFault {
      throw ClientGone()
    }
  }

  package func abort(_ error: any Error) async {
    let (code, sentence) = ResetCode.of(error)
    driver.perform { $0.reset(id, code == .deadline || code == .tooLarge ? code : gone, sentence) }
  }
}
