import Synchronization

/// One deadline that is set again and again, on a clock from outside. It costs a task for each time that it was set
/// while none was asleep, not one for each wait: a task that wakes too early sleeps on.
///
/// The limit is the same each time, so a later deadline never is before one that is slept for.
final class LazyTimer: Sendable {
  private struct State {
    /// Since ``elapsed`` began; nil when nothing is waited for.
    var due: Duration?
    var task: Task<Void, Never>?
    var isStopped = false
    var hasExpired = false
  }

  private let limit: Duration
  private let clock: any Clock<Duration>
  private let executor: (any TaskExecutor)?
  private let elapsed: @Sendable () -> Duration
  private let hasMoved: (@Sendable () -> Bool)?
  private let onExpiry: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - executor: where it sleeps, and where the others are called.
  ///   - hasMoved: asked when the limit has passed: whether something has come nearer since; then the limit begins anew.
  ///   - onExpiry: called when the limit has passed since ``start()``, without a ``clear()``.
  init(
    limit: Duration, clock: any Clock<Duration>, executor: (any TaskExecutor)?,
    hasMoved: (@Sendable () -> Bool)? = nil, onExpiry: @escaping @Sendable () -> Void
  ) {
    self.limit = limit
    self.clock = clock
    self.executor = executor
    self.elapsed = Self.stopwatch(clock)
    self.hasMoved = hasMoved
    self.onExpiry = onExpiry
  }

  deinit {
    state.withLock { $0.task }?.cancel()
  }

  /// Whether it has ever expired.
  var hasExpired: Bool { state.withLock { $0.hasExpired } }

  /// Sets the deadline: the limit from now.
  func start() {
    let due = elapsed() + limit
    state.withLock { state in
      guard !state.isStopped else { return }
      state.due = due
      guard state.task == nil else { return }
      let clock = clock
      state.task = Task(executorPreference: executor) { [weak self] in
        while let wait = self?.rest() {
          do { try await clock.sleep(for: wait) } catch { return }
        }
      }
    }
  }

  /// What was waited for has come.
  func clear() {
    state.withLock { $0.due = nil }
  }

  /// For ever.
  func stop() {
    let task = state.withLock { state in
      state.isStopped = true
      state.due = nil
      return state.task.take()
    }
    task?.cancel()
  }

  /// How long the task has to sleep; nil when it has nothing more to do.
  private func rest() -> Duration? {
    let now = elapsed()
    let isDue = state.withLock { $0.due.map { $0 <= now } ?? false }
    if isDue, hasMoved?() == true {
      state.withLock { if $0.due != nil { $0.due = now + limit } }
    }
    let (rest, isOver) = state.withLock { state -> (Duration?, Bool) in
      if let due = state.due, due > now { return (due - now, false) }
      let isOver = state.due != nil
      state.due = nil
      state.task = nil
      state.hasExpired = state.hasExpired || isOver
      return (nil, isOver)
    }
    if isOver { onExpiry() }
    return rest
  }

  private static func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
  }
}
