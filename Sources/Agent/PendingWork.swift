import Synchronization

/// Work that goes on beside a line and that nobody waits for, until the line has ended.
final class PendingWork: Sendable {
  private struct State {
    var count = 0
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Runs work in a task of its own.
  func start(on executor: (any TaskExecutor)?, _ work: @escaping @Sendable () async -> Void) {
    state.withLock { $0.count += 1 }
    Task(executorPreference: executor) {
      await work()
      self.end()
    }
  }

  /// Returns when all that was started has ended.
  func finish() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.count == 0 { return true }
        state.waiters.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  private func end() {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.count -= 1
      guard state.count == 0 else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
