import ArgumentParser
import Foundation
import Logging
import NIOCore
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
      Clients call /call/<path_id>/..., telephones dial /telephone/websocket. Tokens are verified with TOKEN_SECRET, else
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
    (settings.host, settings.port) = try Self.address(listen)
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
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw CommandProblem(
        "Cannot listen on \(listen): \(reason). Choose another address with --listen.", .unavailable)
    }
    Terminal.output.print("Listening on http://\(switchboard.host):\(switchboard.port)/call/<path_id>/")
    let service = SwitchboardService(switchboard: switchboard)
    try await ServiceGroup(
      configuration: .init(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
  }

  /// `127.0.0.1:4000`, `[::1]:4000` or `:4000`.
  static func address(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else {
      throw CommandProblem("--listen must be an address and a port such as 127.0.0.1:4000, not '\(text)'.", .usage)
    }
    let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
    return (host.isEmpty ? "0.0.0.0" : host, port)
  }
}

private struct SwitchboardService: Service {
  let switchboard: Switchboard

  func run() async throws {
    try? await gracefulShutdown()
    await switchboard.shutdown()
  }
}

/// The secret that a switchboard's tokens are signed with.
enum TokenSecret {
  /// - Throws: a ``CommandProblem`` that says what to set.
  static func read(_ source: SettingsSource) throws -> String {
    guard let secret = source[Setting.tokenSecret.name] ?? source[Setting.secretKeyBase.name] else {
      throw CommandProblem(
        "No secret for tokens: set TOKEN_SECRET (or SECRET_KEY_BASE). This makes a good one: openssl rand -base64 48",
        .usage)
    }
    if secret.utf8.count < 32 {
      Terminal.error.print(
        "warning: the secret for tokens has fewer than 32 octets, which HS256 wants (RFC 7518, 3.2). "
          + "This makes a good one: openssl rand -base64 48")
    }
    return secret
  }
}
