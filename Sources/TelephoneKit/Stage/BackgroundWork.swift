import Synchronization

/// The tasks that a stage started for as long as it lives.
package final class BackgroundWork: Sendable {
  private struct State {
    var tasks: [Task<Void, Never>] = []
    var isOver = false
  }

  private let state = Mutex(State())
  private let executor: (any TaskExecutor)?

  /// - Parameter executor: where the tasks run. Default: no preference.
  package init(on executor: (any TaskExecutor)? = nil) { self.executor = executor }

  func begin(_ operation: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.tasks.append(Task(executorPreference: executor) { await operation() })
    }
  }

  /// Cancels all of it and waits for its end. Nothing starts afterwards.
  package func end() async {
    let tasks = state.withLock { state in
      state.isOver = true
      defer { state.tasks = [] }
      return state.tasks
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
