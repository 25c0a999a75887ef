import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Switchboard
import TelephoneKit
import UnixSignals

/// `telephone switchboard`
struct SwitchboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switchboard",
    abstract: "Run the embedded gateway: for trying, for testing, and for a single host.",
    discussion: """
      Clients call /call/<path_id>/..., telephones dial /telephone/websocket. Tokens are verified with TOKEN_SECRET, else \
      SECRET_KEY_BASE.

      EXAMPLES:
        telephone switchboard
        telephone switchboard --listen 0.0.0.0:4000 --answer-timeout 30s
        telephone switchboard --protocol 1        # as older gateways: no streams, whole bodies
      """)

  @Option(help: ArgumentHelp("The address and port to listen on; port 0: the system chooses.", valueName: "host:port"))
  var listen = "127.0.0.1:4000"

  @Option(help: ArgumentHelp("How long a telephone has until an answer begins.", valueName: "duration"))
  var answerTimeout = "60s"

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("The newest protocol that telephones are granted, 1 or 2.", valueName: "number"))
  var newestProtocol = 2

  @Option(help: "TOKEN_SECRET: The secret that tokens are signed with.")
  var tokenSecret: String?

  @Flag(
    inversion: .prefixedNo, help: "Whether protocol 1 may carry binary bodies (base64). Without it only UTF-8 passes.")
  var base64 = true

  @OptionGroup var source: SettingsSource.Options
  @OptionGroup var log: LogOptions

  func run() async throws {
    FreedMemory.keep()
    let source = try await source.source(flags: tokenSecret.map { [Setting.tokenSecret.name: $0] } ?? [:])
    var settings = SwitchboardSettings(secret: try TokenSecret.read(source))
    let address = try ListenAddress(listen, flag: "--listen")
    (settings.host, settings.port) = (address.host ?? "0.0.0.0", address.port)
    guard let timeout = Duration(text: answerTimeout), timeout > .zero else {
      throw CommandProblem("--answer-timeout must be a duration such as 30s, not '\(answerTimeout)'.", .usage)
    }
    settings.answerTimeout = timeout
    settings.grantsBase64 = base64
    guard (1...2).contains(newestProtocol) else {
      throw CommandProblem("--protocol must be 1 or 2, not \(newestProtocol).", .usage)
    }
    settings.protocols = Set(1...newestProtocol)
    let logger = log.logger("switchboard")
    let switchboard: Switchboard
    do {
      switchboard = try await Switchboard.start(settings, logger: logger)
    } catch {
      throw CommandProblem.cannotListen(on: listen, error, remedy: "Choose another address with --listen.")
    }
    Terminal.output.print("Listening on http://\(switchboard.host):\(switchboard.port)/call/<path_id>/")
    let service = SwitchboardService(switchboard: switchboard)
    try await ServiceGroup(
      configuration: .init(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
  }
}

private struct SwitchboardService: Service {
  let switchboard: Switchboard

  func run() async throws {
    try? await gracefulShutdown()
    await switchboard.shutdown()
  }
}
