import HTTPWire
package import Logging

/// Dials a gateway's socket: name, TCP, TLS, upgrade.
package struct PhoenixDialer: Sendable {
  /// The largest message of a gateway in octets: 64 MiB, as base64 in JSON.
  private static let maxMessage = 96 << 20

  /// For connecting with TLS, and again for the upgrade. Default 10 s.
  package var connectTimeout: Duration = .seconds(10)
  /// A CA file in PEM to trust for `wss` instead of the system's.
  package var caFile: String?
  package var configuration = PhoenixSocket.Configuration()
  /// Kept from dial to dial, because it keeps what TLS trusts.
  private let client: WebSocketClient
  private let clock: any Clock<Duration>
  private let logger: Logger

  package init(clock: any Clock<Duration>, logger: Logger) {
    self.client = WebSocketClient(clock: clock)
    self.clock = clock
    self.logger = logger
  }

  /// - Returns: an open socket; the caller runs it.
  package func dial(_ url: SocketURL) async throws(DialFailure) -> PhoenixSocket {
    var client = client
    client.configuration.connectTimeout = connectTimeout
    client.configuration.upgradeTimeout = connectTimeout
    client.configuration.caFile = caFile
    client.configuration.maxMessage = Self.maxMessage
    do {
      let socket = try await client.connect(to: url.secretURL)
      return PhoenixSocket(
        transport: WebSocketTransport(socket), clock: clock, configuration: configuration, logger: logger)
    } catch {
      let isRefused = error.kind == .upgradeRefused(status: 403)
      throw DialFailure(
        sentence: isRefused
          ? "The gateway \(url) refused the token (403): it has expired, or was signed with another secret than the gateway's. "
            + "Ask the gateway for a new one and set TELEPHONE_TOKEN."
          : error.sentence)
    }
  }
}

/// Why a gateway's socket could not be opened.
package struct DialFailure: Error, Sendable, Equatable {
  /// What happened and what to do. Never the token.
  package var sentence: String
}

extension PhoenixSocket {
  /// Why the socket ended, for a sentence: `code 1012, restart`. `nil` while it is open.
  package var closureText: String? {
    closure.map { "code \($0.code)\($0.reason.isEmpty ? "" : ", \($0.reason)")" }
  }
}
