package import NIOCore
import TelephoneKit

/// The gateway's side of protocol 2 on one joined channel.
package final class Protocol2Gateway: Sendable {
  /// The streams that the telephone takes at once.
  package let maxStreams: Int
  private let driver: LineDriver

  /// - Parameters:
  ///   - channel: what frames are pushed on.
  ///   - own: what this side declared in its reply.
  ///   - telephone: what the telephone declared in its join.
  ///   - growth: octets that may be granted beyond `stream_credit`, all streams together. Default 16 MiB.
  ///   - clock: for the round trips that this growth follows.
  ///   - executor: where the writer runs: the event loop of the line's socket. `nil`: no preference.
  package init(
    channel: any Protocol2Channel, own: LineTerms, telephone: LineTerms, growth: Int = 16 * 1024 * 1024,
    clock: any Clock<Duration> = ContinuousClock(), executor: (any TaskExecutor)? = nil
  ) {
    maxStreams = telephone.maxStreams
    driver = LineDriver(
      channel: channel,
      engine: LineEngine(role: .gateway, own: own, peer: telephone, growth: growth, now: stopwatch(clock)))
    driver.start(on: executor) { _ in }
  }

  deinit { driver.lose() }

  /// The streams that are open.
  package var inFlight: Int { driver.perform { $0.table.open } }

  /// Whether no more streams can be opened, because one of both sides drains or the line is lost.
  package var isDraining: Bool { driver.perform { $0.isDraining || $0.peerDrains || $0.isLost } }

  /// Begins an exchange. Its head leaves with what else is ready.
  /// - Parameters:
  ///   - upgrade: the client asks for a WebSocket.
  ///   - end: the request has no body. Not looked at together with `upgrade`.
  package func open(
    _ head: RequestHeadFrame, upgrade: Bool = false, end: Bool
  ) throws(OpenFault) -> GatewayStream {
    let id = try driver.perform { engine throws(OpenFault) in try engine.open(head, upgrade: upgrade, end: end) }
    return GatewayStream(id: id, driver: driver)
  }

  /// Takes the data of one `t2` message: all its frames, without a wait.
  /// - Throws: ``LineFault``: the line must end.
  package func receive(_ data: ByteBuffer) throws(LineFault) {
    try driver.perform { engine throws(LineFault) in try engine.receive(data) }
  }

  /// Opens no more streams, and tells the telephone to dial another line.
  package func beginDraining() {
    driver.perform { $0.drain() }
  }

  /// Returns when all that can be sent has left, or the line is lost.
  package func flush() async { await driver.flush() }

  /// The line is lost: all streams end so. Harmless again; the owner calls it when the channel has ended, however it did.
  package func lose() {
    driver.lose()
  }
}
