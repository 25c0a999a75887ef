import ArgumentParser
import Foundation
import Logging
import Switchboard

/// `chaos gateway`: the gateway's process, a switchboard that takes commands on standard input.
///
/// | command | reply |
/// |---|---|
/// | `counts` | `counts {…}`, a ``GatewayCounts`` |
/// | `crash` | `crashed`, after every channel was crashed |
///
/// After an orderly end it says its counts once more.
struct GatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gateway", abstract: "The gateway of a run. The suite starts it.", shouldDisplay: false)

  @Option(help: "The port to listen on.")
  var port = 0

  @Option(name: .customLong("protocol"), help: "The newest protocol that is granted.")
  var newestProtocol = 2

  func run() async throws {
    let logger = Logger(label: "gateway") { StreamLogHandler.standardError(label: $0) }
    var settings = SwitchboardSettings(secret: ProcessInfo.processInfo.environment["TOKEN_SECRET"] ?? "")
    settings.port = port
    settings.protocols = Set(1...newestProtocol)
    settings.idleTimeout = Pace.gatewayIdle
    settings.answerTimeout = Pace.answerTimeout
    settings.startGrace = .seconds(2)
    settings.shutdownGrace = .seconds(1)
    let switchboard = try await Switchboard.start(settings, logger: logger)
    ChildVoice.say("listening \(switchboard.port)")
    let commands = Task {
      for await command in ChildVoice.commands() {
        switch command {
        case "counts": try? GatewayCounts(switchboard).say()
        case "crash":
          await switchboard.crashChannels()
          ChildVoice.say("crashed")
        default: ChildVoice.say("unknown")
        }
      }
    }
    await Termination.wait(or: commands)
    await switchboard.shutdown()
    try GatewayCounts(switchboard).say()
  }
}
