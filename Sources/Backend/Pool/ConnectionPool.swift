import HTTPWire
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TelephoneKit

/// The connections to one origin: what ``PoolState`` decides, done.
final class ConnectionPool: Deadlined {
  typealias State = PoolState<ClientConnection, Waiter>
  typealias Grant = State.Grant

  /// Who waits in line.
  struct Waiter: Sendable {
    let continuation: CheckedContinuation<Grant, any Error>
  }

  /// How connections are made.
  struct Connecting: Sendable {
    var endpoint: ClientEndpoint
    var tls: NIOSSLContext?
    var timeout: Duration
    var clock: any Clock<Duration>
  }

  private struct Inner {
    var pool: State
    var place: DeadlineKeeper.Place?
    /// When idle connections are looked at again.
    var sweepsAt: Duration?
  }

  private let connecting: Connecting
  private let keeper: DeadlineKeeper
  private let inner: Mutex<Inner>

  init(_ connecting: Connecting, bounds: State.Bounds, keeper: DeadlineKeeper) {
    self.connecting = connecting
    self.keeper = keeper
    inner = Mutex(Inner(pool: State(bounds: bounds)))
  }

  /// A connection that nobody else uses: kept, or made now by who asks, or waited for.
  /// - Parameters:
  ///   - loop: the event loop of who asks, if it runs on one.
  ///   - wantsFresh: whether a kept connection will not do.
  ///   - call: told how to stop this.
  /// - Throws: ``BackendFault``, `CancellationError` when the call was given up.
  func connection(
    on loop: (any EventLoop)?, wantsFresh: Bool, for call: PooledCall
  ) async throws -> (connection: ClientConnection, isKept: Bool) {
    let grant: Grant
    switch lease(on: loop, wantsFresh: wantsFresh, nil) {
    case .granted(let ready): grant = ready
    case .mustWait: grant = try await wait(on: loop, wantsFresh: wantsFresh, for: call)
    case .waiting, .tooManyWaiting: throw BackendFault(.tooManyWaiting)
    case .shutDown: throw BackendFault(.closed)
    }
    switch grant {
    case .use(_, let connection): return (connection, true)
    case .connect(let id):
      return (try await connect(id, on: loop ?? MultiThreadedEventLoopGroup.singleton.next(), for: call), false)
    }
  }

  private func lease(on loop: (any EventLoop)?, wantsFresh: Bool, _ waiter: Waiter?) -> State.Lease {
    change { inner, effects in
      inner.pool.lease(
        on: loop.map { ObjectIdentifier($0) }, wantsFresh: wantsFresh, waiter: waiter, effects: &effects)
    }
  }

  private func wait(on loop: (any EventLoop)?, wantsFresh: Bool, for call: PooledCall) async throws -> Grant {
    let grant = try await withCheckedThrowingContinuation { waiter in
      switch lease(on: loop, wantsFresh: wantsFresh, Waiter(continuation: waiter)) {
      case .granted(let grant): waiter.resume(returning: grant)
      case .waiting(let id): if !call.enter(.waiting(self, id)) { cancel(id) }
      case .mustWait, .tooManyWaiting: waiter.resume(throwing: BackendFault(.tooManyWaiting))
      case .shutDown: waiter.resume(throwing: BackendFault(.closed))
      }
    }
    guard call.enter(.idle) else {
      switch grant {
      case .use(let id, _): release(id)
      case .connect(let id): closed(id)
      }
      throw CancellationError()
    }
    return grant
  }

  private func connect(_ id: State.ID, on loop: any EventLoop, for call: PooledCall) async throws -> ClientConnection {
    let attempt = ConnectAttempt(
      to: connecting.endpoint, on: loop, tls: connecting.tls, timeout: TimeAmount(connecting.timeout),
      clock: connecting.clock, onFree: { [weak self] in self?.release(id) },
      onClosed: { [weak self] in self?.closed(id) })
    guard call.enter(.connecting(attempt)) else {
      attempt.giveUp()
      closed(id)
      throw CancellationError()
    }
    let connection: ClientConnection
    do {
      connection = try await attempt.connection()
    } catch {
      closed(id)
      if (error as? ClientFault)?.kind == .givenUp { throw CancellationError() }
      throw BackendFault(connecting: error)
    }
    guard change({ inner, _ in inner.pool.connected(id, connection) }) else {
      connection.close()
      closed(id)
      throw BackendFault(.closed)
    }
    return connection
  }

  /// Somebody in line does not wait any more.
  func cancel(_ id: State.ID) {
    change { inner, _ in inner.pool.cancel(id) }?.continuation.resume(throwing: CancellationError())
  }

  private func release(_ id: State.ID) {
    let now = keeper.timeline.now()
    change { inner, effects in
      inner.pool.release(id, at: now, effects: &effects)
      sweepLater(&inner)
    }
  }

  private func closed(_ id: State.ID) {
    change { inner, effects in inner.pool.closed(id, effects: &effects) }
  }

  func deadlinePassed() {
    let now = keeper.timeline.now()
    change { inner, effects in
      inner.sweepsAt = nil
      inner.pool.expire(at: now, effects: &effects)
      sweepLater(&inner)
    }
  }

  private func sweepLater(_ inner: inout Inner) {
    guard inner.sweepsAt == nil, let next = inner.pool.nextExpiry else { return }
    let place = inner.place ?? keeper.add(self)
    inner.place = place
    inner.sweepsAt = next
    keeper.set(place, next)
  }

  /// Closes all connections, and waits until they are.
  func shutDown() async {
    let (waiters, open) = inner.withLock { inner in
      var effects = State.Effects()
      let waiters = inner.pool.shutDown(effects: &effects)
      if let place = inner.place { keeper.remove(place) }
      inner.place = nil
      return (waiters, effects.close)
    }
    for waiter in waiters { waiter.continuation.resume(throwing: BackendFault(.closed)) }
    for connection in open { connection.close() }
    for connection in open { await connection.untilClosed() }
  }

  /// Changes the state, then does what follows from it.
  private func change<Result: Sendable>(_ change: (inout Inner, inout State.Effects) -> Result) -> Result {
    let (result, effects) = inner.withLock { inner in
      var effects = State.Effects()
      let result = change(&inner, &effects)
      return (result, effects)
    }
    for connection in effects.close { connection.close() }
    for (waiter, grant) in effects.grants { waiter.continuation.resume(returning: grant) }
    return result
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
