import HTTPWire
import NIOCore
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
  /// What went wrong on a connection.
  /// - Returns: `nil` if the exchange was given up.
  init?(_ fault: ClientFault) {
    switch fault.kind {
    case .closed: self.init(.closed, cause: fault)
    case .cutOff: self.init(.cutOff, cause: fault)
    case .malformed: self.init(.malformed, cause: fault)
    case .unsendable: self.init(.unsendable, cause: fault)
    case .givenUp: return nil
    }
  }

  /// What kept a connection from being made.
  init(connecting error: any Error) {
    self.init(Self.kind(of: error) ?? .closed, cause: error)
  }

  private static func kind(of error: any Error) -> Kind? {
    switch error {
    case let error as NIOConnectionError: return kind(ofConnecting: error)
    case let error as IOError: return kind(ofNumber: error.errnoCode)
    case ChannelError.connectTimeout: return .connectTimeout
    case let error as NIOSSLExtraError: return error == .failedToValidateHostname ? .notTrusted : .tlsFailed
    case NIOSSLError.handshakeFailed(let cause):
      return String(describing: cause).contains("CERTIFICATE_VERIFY_FAILED") ? .notTrusted : .tlsFailed
    case is NIOSSLError, is BoringSSLError: return .tlsFailed
    default: return nil
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
    case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EACCES, EPERM, ENOENT, ENOTDIR, ENAMETOOLONG: .unreachable
    case ETIMEDOUT: .connectTimeout
    default: nil
    }
  }
}
