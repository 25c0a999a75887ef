import HTTPWire
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TelephoneKit

/// Sends requests over HTTP/1.1, on connections that are kept and used again.
///
/// A call that runs on an event loop uses connections of that loop, so that it changes no threads. Redirects are not
/// followed, bodies not decoded. https is TLS 1.2 or later.
package final class PooledTransport: BackendTransport {
  package struct Configuration: Sendable {
    /// When a connection that is being made is given up, TLS included. Who waits for it may have a shorter limit, see
    /// ``BackendLimits``. Default 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// The most connections to one origin; who comes when all are in use waits. Those that became a WebSocket do not
    /// count. Default 1024.
    package var maxConnections = 1024
    /// The most calls that wait for a connection to one origin; further ones fail with `too-many-waiting`. Default 1024.
    package var maxWaiting = 1024
    /// For how long an idle connection is kept. It should be less than the backend keeps it. Default 4 s.
    package var keepAlive: Duration = .seconds(4)
    /// A PEM file of the certificates that are trusted instead of the system's.
    package var caFile: String?

    package init() {}
  }

  /// An object, so that to look at it copies nothing.
  private final class Latest: Sendable {
    let origin: Origin
    let pool: ConnectionPool

    init(_ origin: Origin, _ pool: ConnectionPool) {
      self.origin = origin
      self.pool = pool
    }
  }

  private struct State {
    var pools: [Origin: ConnectionPool] = [:]
    /// The pool that was asked for last: most transports have one origin, and need no look-up then.
    var latest: Latest?
    var isShutDown = false
    /// Made at the first call that needs it: the system's certificates are a large file.
    var tls: NIOSSLContext?
  }

  private let configuration: Configuration
  private let clock: any Clock<Duration>
  private let keeper: DeadlineKeeper
  private let trustRoots: [NIOSSLCertificate]?
  private let state = Mutex(State())

  /// - Parameter clock: for idle connections, and for the second that a backend has to ask for content.
  /// - Throws: ``BackendFault`` of kind `notTrusted`, if the CA file cannot be read.
  package init(_ configuration: Configuration = Configuration(), clock: any Clock<Duration> = ContinuousClock()) throws
  {
    self.configuration = configuration
    self.clock = clock
    keeper = DeadlineKeeper(Timeline(clock))
    trustRoots = try configuration.caFile.map { path in
      do {
        let certificates = try NIOSSLCertificate.fromPEMFile(path)
        guard !certificates.isEmpty else { throw BackendFault(.notTrusted) }
        return certificates
      } catch {
        throw BackendFault(.notTrusted, cause: error)
      }
    }
  }

  package func call(
    _ request: consuming BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void
  ) -> any BackendCall {
    PooledCall(request, transport: self, keeper: keeper, events: events)
  }

  package func shutdown() async {
    let pools = state.withLock { state in
      state.isShutDown = true
      return Array(state.pools.values)
    }
    for pool in pools { await pool.shutDown() }
    keeper.stop()
  }

  /// The pool of an origin.
  func pool(of origin: Origin) throws -> ConnectionPool {
    try state.withLock { state in
      if let latest = state.latest, latest.origin == origin { return latest.pool }
      if let pool = state.pools[origin] {
        state.latest = Latest(origin, pool)
        return pool
      }
      guard !state.isShutDown else { throw BackendFault(.closed) }
      if origin.scheme == .https, state.tls == nil { state.tls = try makeTLS() }
      let pool = ConnectionPool(
        ConnectionPool.Connecting(
          endpoint: origin.endpoint, tls: origin.scheme == .https ? state.tls : nil,
          timeout: configuration.connectTimeout, clock: clock),
        bounds: ConnectionPool.State.Bounds(
          connections: configuration.maxConnections, waiters: configuration.maxWaiting, idle: configuration.keepAlive),
        keeper: keeper)
      state.pools[origin] = pool
      return pool
    }
  }

  private func makeTLS() throws -> NIOSSLContext {
    var settings = TLSConfiguration.makeClientConfiguration()
    // The library would still speak 1.0 and 1.1, which nobody should (RFC 8996).
    settings.minimumTLSVersion = .tlsv12
    if let trustRoots { settings.trustRoots = .certificates(trustRoots) }
    settings.applicationProtocols = ["http/1.1"]
    do {
      return try NIOSSLContext(configuration: settings)
    } catch {
      throw BackendFault(.tlsFailed, cause: error)
    }
  }
}
