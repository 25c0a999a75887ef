/// The rules of ``CachedKeySource`` without its I/O: when keys are used, when a refresh begins, and what comes of it.
/// Times are durations since some start, and never go back.
struct KeyCache: Sendable {
  /// What an asker is to do.
  enum Answer {
    case use(KeySet)
    case refuse(KeySetError)
    /// Wait for the refresh that runs; `begin`: this asker starts it.
    case wait(begin: Bool)
  }

  let lifetime: Duration
  let minimumInterval: Duration
  let retryInterval: Duration

  private var held: (set: KeySet, since: Duration)?
  private var refreshingSince: Duration?
  private var lastEnd: Duration?
  private var lastError: KeySetError?

  init(lifetime: Duration, minimumInterval: Duration, retryInterval: Duration) {
    self.lifetime = lifetime
    self.minimumInterval = minimumInterval
    self.retryInterval = retryInterval
  }

  var isRefreshing: Bool { refreshingSince != nil }

  /// Keys that are fresh are used; else a refresh is waited for, but none begins within ``retryInterval`` of a failure.
  mutating func ask(at now: Duration) -> Answer {
    if let held, now - held.since < lifetime { return .use(held.set) }
    if isRefreshing { return .wait(begin: false) }
    if let lastError, let lastEnd, now - lastEnd < retryInterval { return .refuse(lastError) }
    return begin(at: now)
  }

  /// A key is missing: a refresh is waited for, but none begins within ``minimumInterval`` of the end of the last one.
  mutating func askAfterMiss(at now: Duration) -> Answer {
    if isRefreshing { return .wait(begin: false) }
    if let lastEnd, now - lastEnd < minimumInterval { return ask(at: now) }
    return begin(at: now)
  }

  private mutating func begin(at now: Duration) -> Answer {
    refreshingSince = now
    return .wait(begin: true)
  }

  /// A refresh has ended. New keys are as old as their request. A failure leaves old keys in use while they are fresh.
  /// - Returns: What those who wait are told.
  mutating func end(_ result: Result<KeySet, KeySetError>, at now: Duration) -> Result<KeySet, KeySetError> {
    let since = refreshingSince ?? now
    refreshingSince = nil
    lastEnd = now
    switch result {
    case .success(let set):
      held = (set, since)
      lastError = nil
      return result
    case .failure(let error):
      lastError = error
      if let held, now - held.since < lifetime { return .success(held.set) }
      held = nil
      return result
    }
  }
}
