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
      throw DialFailure(error, url)
    }
  }
}

extension PhoenixSocket {
  /// The code that the socket ended with: that of the peer's close frame, else 1005 or 1006. `nil` while it is open.
  package var closureCode: UInt16? { closure?.code }

  /// The reason in the peer's close frame; may be empty. `nil` while it is open.
  package var closureReason: String? { closure?.reason }
}
