package import HTTPTypes
package import NIOCore
import NIOPosix

/// Opens WebSockets as a client: ws and wss, without extensions.
///
/// Trusted certificates are read at the first dial of a client, and kept by it and its copies.
package struct WebSocketClient: Sendable {
  package struct Configuration: Sendable {
    /// For the name and the TCP connection. Default 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// For TLS, the upgrade request and its answer. Default 10 s.
    package var upgradeTimeout: Duration = .seconds(10)
    /// For each write on the open socket. Default 10 s.
    package var writeTimeout: Duration = .seconds(10)
    /// For the answer to our close frame. Default 5 s.
    package var closeTimeout: Duration = .seconds(5)
    /// The largest message in octets that is received. Default 64 MiB.
    package var maxMessage = 64 << 20
    /// A PEM file of certificate authorities to trust in place of the system's.
    package var caFile: String?
    /// The name for SNI and the check of the certificate, when it is not the URL's host.
    package var serverName: String?
    /// Where the socket lives. Default: the loop of the calling thread, else any.
    package var eventLoop: (any EventLoop)?

    package init() {}
  }

  package var configuration: Configuration
  private let clock: any Clock<Duration>
  private let contexts = TLSContexts()

  package init(configuration: Configuration = .init(), clock: any Clock<Duration>) {
    self.configuration = configuration
    self.clock = clock
  }

  /// Opens a WebSocket.
  /// - Parameters:
  ///   - url: `ws://` or `wss://`; a fragment is left out.
  ///   - fields: sent beside the handshake's own.
  /// - Throws: ``DialError``, which never holds the path or the query.
  package func connect(to url: String, fields: HTTPFields = [:]) async throws(DialError) -> WebSocket {
    guard let url = WebSocketURL(url) else { throw DialError(.invalidURL, endpoint: "") }
    let dial = Dial(url: url, fields: fields, configuration: configuration, clock: clock, contexts: contexts)
    var phase = DialError.Phase.connect
    do {
      try await dial.prepareTLS()
      let handshake = try await withDeadline(configuration.connectTimeout, clock: clock) {
        try await dial.connect()
      }
      phase = .upgrade
      return try await withDeadline(configuration.upgradeTimeout, clock: clock) {
        try await dial.finish(handshake)
      }
    } catch {
      dial.abandon()
      throw Self.translate(error, phase: phase, endpoint: "\(url.host):\(url.port)")
    }
  }

  static func translate(_ error: any Error, phase: DialError.Phase, endpoint: String) -> DialError {
    switch error {
    case let error as DialError:
      return error
    case is DeadlineExceeded:
      return DialError(.timedOut(phase), endpoint: endpoint)
    case is CancellationError:
      return DialError(.cancelled, endpoint: endpoint)
    case let error as NIOConnectionError:
      return translate(error, endpoint: endpoint)
    case let error as IOError:
      return DialError(kind(of: error), endpoint: endpoint)
    default:
      return DialError(tls: error, certificate: nil, endpoint: endpoint)
        ?? DialError(.connectionLost, endpoint: endpoint)
    }
  }

  private static func translate(_ error: NIOConnectionError, endpoint: String) -> DialError {
    let failures = error.connectionErrors.compactMap { $0.error as? IOError }
    if failures.contains(where: { $0.errnoCode == refusedNumber }) { return DialError(.refused, endpoint: endpoint) }
    if let first = failures.first { return DialError(kind(of: first), endpoint: endpoint) }
    guard error.connectionErrors.isEmpty else { return DialError(.connectionLost, endpoint: endpoint) }
    return DialError(.nameNotResolved, endpoint: endpoint)
  }

  private static func kind(of error: IOError) -> DialError.Kind {
    error.errnoCode == refusedNumber ? .refused : .unreachable(errno: error.errnoCode)
  }
}
