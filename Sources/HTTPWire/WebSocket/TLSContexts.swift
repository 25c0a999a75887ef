import NIOPosix
import NIOSSL
import Synchronization

/// What TLS clients trust, read once for each CA file. Files are read off the event loops.
final class TLSContexts: Sendable {
  private let known = Mutex<[String?: NIOSSLContext]>([:])

  /// - Parameter caFile: a PEM file of certificate authorities; nil: the system's.
  /// - Throws: the library's error, when the certificates cannot be read. Nothing is kept then.
  func context(caFile: String?) async throws -> NIOSSLContext {
    if let context = known.withLock({ $0[caFile] }) { return context }
    let context = try await NIOThreadPool.singleton.runIfActive {
      var settings = TLSConfiguration.makeClientConfiguration()
      // The library would still speak 1.0 and 1.1, which nobody should (RFC 8996).
      settings.minimumTLSVersion = .tlsv12
      if let caFile { settings.trustRoots = .file(caFile) }
      return try NIOSSLContext(configuration: settings)
    }
    return known.withLock { known in
      if let first = known[caFile] { return first }
      known[caFile] = context
      return context
    }
  }
}
