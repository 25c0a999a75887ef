import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension BackendFault {
  /// What an error of the libraries below means.
  /// - Parameter stage: what an ended connection means at this moment: `closed` or `cutOff`.
  init(_ error: any Error, at stage: Kind) {
    self.init(Self.kind(of: error) ?? stage, cause: error)
  }

  private static func kind(of error: any Error) -> Kind? {
    switch error {
    case let error as HTTPClientError: return kind(ofClient: error)
    case let error as NIOConnectionError: return kind(ofConnecting: error)
    case let error as IOError: return kind(ofNumber: error.errnoCode)
    case let error as NIOSSLExtraError: return error == .failedToValidateHostname ? .notTrusted : .tlsFailed
    case NIOSSLError.uncleanShutdown, HTTPParserError.invalidEOFState: return nil
    case NIOSSLError.handshakeFailed(let cause):
      return String(describing: cause).contains("CERTIFICATE_VERIFY_FAILED") ? .notTrusted : .tlsFailed
    case is NIOSSLError, is BoringSSLError: return .tlsFailed
    case is HTTPParserError: return .malformed
    default: return nil
    }
  }

  private static func kind(ofClient error: HTTPClientError) -> Kind? {
    switch error {
    case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: .connectTimeout
    case .bodyLengthMismatch, .invalidURL: .unsendable
    // Errors about fields hold what they are about, so they cannot be matched as values.
    default: error.shortDescription.contains("HeaderField") ? .unsendable : nil
    }
  }

  private static func kind(ofConnecting error: NIOConnectionError) -> Kind {
    if error.connectionErrors.isEmpty { return .nameNotResolved }
    let kinds = error.connectionErrors.map { single -> Kind? in
      if case ChannelError.connectTimeout = single.error { return Kind.connectTimeout }
      return (single.error as? IOError).flatMap { kind(ofNumber: $0.errnoCode) }
    }
    if kinds.contains(.refused) { return .refused }
    return kinds.contains(.connectTimeout) ? .connectTimeout : .unreachable
  }

  private static func kind(ofNumber number: CInt) -> Kind? {
    switch number {
    case ECONNREFUSED: .refused
    case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EACCES, EPERM: .unreachable
    case ETIMEDOUT: .connectTimeout
    default: nil
    }
  }
}
