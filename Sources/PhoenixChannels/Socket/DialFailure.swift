import HTTPWire

/// Why a gateway's socket could not be opened.
package struct DialFailure: Error, Sendable, Equatable {
  package enum Kind: Sendable, Hashable {
    /// 403 at the upgrade: how Phoenix refuses a socket, mostly because of its token.
    case tokenRefused
    /// Another status than 101 and 403.
    case upgradeRefused(status: Int)
    case nameNotResolved
    /// Nobody listens on the port.
    case connectionRefused
    /// The host cannot be reached.
    case unreachable
    /// The connection was not accepted in time.
    case connectTimedOut
    /// TLS, or the answer to the upgrade, did not come in time.
    case upgradeTimedOut
    /// The certificate is not signed by a trusted authority, has expired, or is for another name.
    case tlsNotTrusted
    /// Another failure of TLS.
    case tlsFailed
    /// Who answered is no WebSocket server.
    case notAWebSocket
    case invalidURL
    /// The connection ended before the upgrade was answered.
    case connectionLost
    case cancelled
  }

  package var kind: Kind
  /// What happened and what to do. Never the token.
  package var sentence: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  init(_ error: DialError, _ url: SocketURL) {
    kind = Self.kind(of: error)
    sentence =
      kind == .tokenRefused
      ? "The gateway \(url) refused the token (403): it has expired, or was signed with another secret than the gateway's. "
        + "Ask the gateway for a new one and set TELEPHONE_TOKEN." : error.sentence
  }

  private static func kind(of error: DialError) -> Kind {
    switch error.kind {
    case .upgradeRefused(403): .tokenRefused
    case .upgradeRefused(let status): .upgradeRefused(status: status)
    case .nameNotResolved: .nameNotResolved
    case .refused: .connectionRefused
    case .unreachable: .unreachable
    case .timedOut(.connect): .connectTimedOut
    case .timedOut(.upgrade): .upgradeTimedOut
    case .tlsNotTrusted: .tlsNotTrusted
    case .tls: .tlsFailed
    case .notAWebSocket: .notAWebSocket
    case .invalidURL: .invalidURL
    case .connectionLost: .connectionLost
    case .cancelled: .cancelled
    }
  }
}
