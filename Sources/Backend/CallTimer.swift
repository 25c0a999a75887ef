import Synchronization

/// Watches the time limits of one call on a clock.
protocol CallTimer: Sendable {
  /// - Returns: what has expired before; the call is over then.
  @discardableResult func note(_ event: CallEvent) -> BackendFault.Kind?
  /// What to do when a limit passes; at once, if one has.
  func onExpiry(_ action: @escaping @Sendable () -> Void)
  /// The call is over.
  func stop()
}

/// Starts to watch.
func makeCallTimer(_ limits: BackendLimits, _ clock: some Clock<Duration>) -> any CallTimer {
  ClockTimer(limits, clock)
}

/// One task sleeps until the next limit. A limit that moves away does not wake it: it looks again when it wakes.
private final class ClockTimer<C: Clock>: CallTimer where C.Duration == Duration {
  private struct State {
    var deadlines: CallDeadlines<C.Instant>
    var sleeper: (until: C.Instant, id: Int, task: Task<Void, Never>)?
    var lastID = 0
    var action: (@Sendable () -> Void)?
    var expired: BackendFault.Kind?
    var isStopped = false
  }

  private let clock: C
  private let state: Mutex<State>

  init(_ limits: BackendLimits, _ clock: C) {
    self.clock = clock
    self.state = Mutex(State(deadlines: CallDeadlines(limits: limits, start: clock.now)))
    state.withLock { arm(&$0) }
  }

  func note(_ event: CallEvent) -> BackendFault.Kind? {
    let now = clock.now
    return state.withLock { state in
      guard state.expired == nil, !state.isStopped else { return state.expired }
      state.deadlines.note(event, at: now)
      arm(&state)
      return nil
    }
  }

  func onExpiry(_ action: @escaping @Sendable () -> Void) {
    let isDue = state.withLock { state in
      state.action = action
      return state.expired != nil
    }
    if isDue { action() }
  }

  func stop() {
    let task = state.withLock { state in
      state.isStopped = true
      state.action = nil
      defer { state.sleeper = nil }
      return state.sleeper?.task
    }
    task?.cancel()
  }

  private func arm(_ state: inout State) {
    guard let (deadline, _) = state.deadlines.next else { return }
    if let sleeper = state.sleeper {
      if sleeper.until <= deadline { return }
      sleeper.task.cancel()
    }
    state.lastID += 1
    let id = state.lastID
    let task = Task {
      do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
      wake(id)
    }
    state.sleeper = (deadline, id, task)
  }

  private func wake(_ id: Int) {
    let now = clock.now
    let action = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.sleeper?.id == id, !state.isStopped else { return nil }
      state.sleeper = nil
      state.expired = state.deadlines.expired(at: now)
      if state.expired != nil { return state.action }
      arm(&state)
      return nil
    }
    action?()
  }
}
