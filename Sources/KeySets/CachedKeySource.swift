import Synchronization

/// The keys of a JWKS that is fetched from somewhere (a URL, a file) and kept for a while.
///
/// - One refresh runs at a time, and all who need it wait for that one. Who is cancelled stops waiting at once; the
///   refresh goes on for the others. `fetch` must end by itself: it needs a deadline of its own.
/// - Fresh keys are handed out under a lock, without a hop to an actor.
/// - It fails closed: when `lifetime` is over and the fetch fails, there are no keys. A refresh that fails earlier (one
///   for an unknown `kid`) keeps the old ones.
package final class CachedKeySource: KeySource {
  private struct State {
    var cache: KeyCache
    var waiters: [UInt64: CheckedContinuation<Result<KeySet, KeySetError>, Never>] = [:]
    var nextWaiter: UInt64 = 0
    /// What those who waited for the last refresh were told.
    var told: Result<KeySet, KeySetError>?
  }

  private let state: Mutex<State>
  private let fetch: @Sendable () async throws -> [UInt8]
  private let elapsed: @Sendable () -> Duration

  /// - Parameters:
  ///   - fetch: Gives the octets of the JWKS, at most ``KeySet/maximumJWKSSize``.
  ///   - clock: What the durations are measured with.
  ///   - lifetime: For how long keys are used, counted from the request that brought them. Default 10 minutes.
  ///   - minimumInterval: The least time between a refresh and one for an unknown `kid`. Default 30 s.
  ///   - retryInterval: The least time between a refresh that failed and the next one. Default 1 s.
  package init(
    fetch: @escaping @Sendable () async throws -> [UInt8], clock: any Clock<Duration>,
    lifetime: Duration = .seconds(600), minimumInterval: Duration = .seconds(30), retryInterval: Duration = .seconds(1)
  ) {
    let cache = KeyCache(lifetime: lifetime, minimumInterval: minimumInterval, retryInterval: retryInterval)
    state = Mutex(State(cache: cache))
    self.fetch = fetch
    elapsed = Self.stopwatch(clock)
  }

  package func keys() async throws(KeySetError) -> KeySet {
    try await follow { $0.ask(at: $1) }
  }

  package func keysAfterMiss(of keyID: String?) async throws(KeySetError) -> KeySet? {
    try await follow { $0.askAfterMiss(at: $1) }
  }

  /// How many wait for the refresh that runs.
  var waiting: Int { state.withLock { $0.waiters.count } }

  private func follow(
    _ ask: (inout KeyCache, Duration) -> KeyCache.Answer
  ) async throws(KeySetError) -> KeySet {
    let now = elapsed()
    switch state.withLock({ ask(&$0.cache, now) }) {
    case .use(let set): return set
    case .refuse(let error): throw error
    case .wait(let begin):
      if begin { Task { await self.refresh() } }
      return try await nextResult().get()
    }
  }

  /// Waits for the end of the refresh that runs, or for the cancellation of this task.
  private func nextResult() async -> Result<KeySet, KeySetError> {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let told: Result<KeySet, KeySetError>? = state.withLock { state in
          // The refresh may have ended since this task was told to wait for it.
          if !state.cache.isRefreshing, let told = state.told { return told }
          state.waiters[id] = continuation
          return nil
        }
        if let told { return continuation.resume(returning: told) }
        // A cancellation before the waiter was there found nobody to wake.
        if Task.isCancelled { cancelWaiter(id) }
      }
    } onCancel: {
      cancelWaiter(id)
    }
  }

  private func cancelWaiter(_ id: UInt64) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
    waiter?.resume(returning: .failure(KeySetError(.cancelled, "Nobody waits for the key set any more.")))
  }

  private func refresh() async {
    let result: Result<KeySet, KeySetError>
    do {
      result = .success(try KeySet(jwks: await fetch()))
    } catch let error as KeySetError {
      result = .failure(error)
    } catch {
      result = .failure(KeySetError(.unavailable, "The JWKS could not be fetched.", cause: error))
    }
    let now = elapsed()
    let (told, waiters) = state.withLock { state in
      let told = state.cache.end(result, at: now)
      state.told = told
      defer { state.waiters = [:] }
      return (told, state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: told) }
  }

  /// Opens the existential once, so that no instant of an unknown type needs to be kept.
  private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
  }
}
