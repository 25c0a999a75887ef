package import Foundation
import HTTPWire
package import Logging
import TelephoneKit

/// The embedded gateway: takes HTTP from clients and hands it to telephones that dialed in. One process, same wire.
///
/// | path | what it is |
/// |---|---|
/// | `/call/<path_id>/...` | what follows the path id is the target of the request |
/// | `/telephone/websocket` | the Phoenix socket that telephones dial |
package final class Switchboard: Sendable {
  package let host: String
  package let port: Int
  private let server: HTTPServer
  private let lines: LineTable
  private let deadlines: DeadlineKeeper
  private let counters: SwitchboardCounters
  private let clock: any Clock<Duration>
  private let grace: Duration

  private init(server: HTTPServer, handler: SwitchboardHandler) {
    self.server = server
    self.lines = handler.lines
    self.deadlines = handler.deadlines
    self.counters = handler.counters
    self.clock = handler.clock
    self.grace = handler.settings.shutdownGrace
    self.host = server.host
    self.port = server.port
  }

  /// Binds and starts to serve.
  /// - Throws: the system's error when the address cannot be bound; `KeySetError` for an empty secret.
  package static func start(
    _ settings: SwitchboardSettings, clock: any Clock<Duration> = ContinuousClock(),
    date: @escaping @Sendable () -> Date = { Date() }, logger: Logger
  ) async throws -> Switchboard {
    let handler = SwitchboardHandler(
      settings: settings, tokens: try TelephoneTokens(secret: settings.secret, date: date), lines: LineTable(),
      deadlines: DeadlineKeeper(Timeline(clock)), counters: SwitchboardCounters(),
      bodies: OctetBudget(settings.maxHeldBodies), clock: clock, date: date, logger: logger, uptime: stopwatch(clock))
    var configuration = HTTPServer.Configuration(host: settings.host, port: settings.port)
    configuration.maxWebSocketMessage = settings.maxMessage
    let server = try await HTTPServer.start(configuration, clock: clock, logger: logger, handler: handler)
    return Switchboard(server: server, handler: handler)
  }

  /// The lines that are joined now, per path id.
  package var joined: [String: Int] { lines.counts }

  /// Messages of telephones that meant nothing here and were dropped, since the start.
  package var droppedMessages: Int { counters.droppedMessages }

  /// The calls since the start, and how they ended.
  package var calls: SwitchboardCalls { counters.calls }

  /// Ends every joined channel as Phoenix does when its process crashes: each call on it is lost, the telephone is told
  /// `phx_error`, and its socket stays open for another join. For tests of telephones.
  package func crashChannels() async { for line in lines.all { await line.channel.crash() } }

  /// Takes no more calls and lines, tells every telephone that its line is about to go, then closes every socket (1012, as
  /// Phoenix does at an orderly restart) after its last call, or at the end of the grace, and every connection.
  package func shutdown() async {
    await lines.closeAll(code: 1012, reason: "", grace: grace, clock: clock)
    await server.shutdown()
    deadlines.stop()
  }
}
