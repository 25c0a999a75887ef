#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a WebSocket could not be opened. Holds the host and the port, never the path or the query of the URL: a
/// token rides in the query.
package struct DialError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Phase: String, Sendable, Equatable {
    /// The name and the TCP connection.
    case connect
    /// The TLS handshake, the request and its answer.
    case upgrade
  }

  package enum Kind: Sendable, Equatable {
    case invalidURL
    case nameNotResolved
    case refused
    /// The host cannot be reached; with the system's error number.
    case unreachable(errno: Int32)
    case timedOut(Phase)
    /// The certificate is not signed by a trusted authority, has expired, or is for another name.
    case tlsNotTrusted
    /// Another failure of TLS; also a CA file that cannot be read.
    case tls
    /// The answer was not 101.
    case upgradeRefused(status: Int)
    /// The answer was not that of a WebSocket server.
    case notAWebSocket
    /// The connection ended before the answer.
    case connectionLost
    case cancelled
  }

  package var kind: Kind
  /// The host and port that were dialled; empty for an invalid URL.
  package var endpoint: String
  /// More about the cause; may be empty.
  package var detail: String
  /// For ``Kind/tlsNotTrusted``: which certificate, and why.
  package var trust: TrustFault?

  package init(_ kind: Kind, endpoint: String, detail: String = "") {
    self.kind = kind
    self.endpoint = endpoint
    self.detail = detail
  }

  /// A sentence for a person.
  package var sentence: String {
    let cause = detail.isEmpty ? "" : " (\(detail))"
    return switch kind {
    case .invalidURL:
      "The URL is not a WebSocket URL. It must look like ws://host:port/path or wss://host/path."
    case .nameNotResolved:
      "The name in \(endpoint) could not be resolved\(cause). Check the host name and the DNS."
    case .refused:
      "\(endpoint) refused the connection. Is the server running, and is the port right?"
    case .unreachable(let errno):
      "\(endpoint) could not be reached (\(String(cString: strerror(errno)).lowercased()))."
    case .timedOut(.connect):
      "\(endpoint) did not accept the connection in time."
    case .timedOut(.upgrade):
      "\(endpoint) accepted the connection, but did not answer the WebSocket handshake in time."
    case .tlsNotTrusted:
      trustSentence
    case .tls:
      "TLS with \(endpoint) failed\(cause)."
    case .upgradeRefused(let status):
      "\(endpoint) refused the WebSocket with status \(status)\(cause)."
    case .notAWebSocket:
      "\(endpoint) answered, but not as a WebSocket server. Check the path of the URL."
    case .connectionLost:
      "\(endpoint) closed the connection before the WebSocket was open\(cause)."
    case .cancelled:
      "The connection to \(endpoint) was given up."
    }
  }

  package var description: String { sentence }

  private var trustSentence: String {
    guard let trust else {
      return "The certificate of \(endpoint) is not trusted. Check the host name, or give the CA file that signed it."
    }
    let which = trust.certificate.map { " It is \($0.sentence)." } ?? ""
    return "The certificate of \(endpoint) is not trusted: \(trust.words).\(which) \(trust.advice)"
  }
}
