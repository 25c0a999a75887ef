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
    case let error as HTTPClientError:
      switch error {
      case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: .connectTimeout
      case .bodyLengthMismatch, .invalidURL: .unsendable
      case .remoteConnectionClosed: nil
      default: error.isAboutFields ? .unsendable : nil
      }
    case let error as NIOConnectionError: kind(of: error)
    case let error as IOError: kind(ofNumber: error.errnoCode)
    case NIOSSLExtraError.failedToValidateHostname: .notTrusted
    case NIOSSLError.uncleanShutdown: nil
    case NIOSSLError.handshakeFailed(let cause):
      String(describing: cause).contains("CERTIFICATE_VERIFY_FAILED") ? .notTrusted : .tlsFailed
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .tlsFailed
    case HTTPParserError.invalidEOFState: nil
    case is HTTPParserError: .malformed
    default: nil
    }
  }

  private static func kind(of error: NIOConnectionError) -> Kind {
    if error.connectionErrors.isEmpty { return .nameNotResolved }
    let kinds = error.connectionErrors.map { single in
      (single.error as? IOError).flatMap { kind(ofNumber: $0.errnoCode) }
    }
    return kinds.contains(.refused) ? .refused : .unreachable
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

extension HTTPClientError {
  fileprivate var isAboutFields: Bool {
    let name = shortDescription
    return name.contains("HeaderField")
  }
}
