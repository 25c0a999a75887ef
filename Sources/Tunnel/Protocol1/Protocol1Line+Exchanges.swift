import HTTPTypes
import Synchronization
import TelephoneKit

extension Protocol1Line {
  /// Begins an exchange in a task of its own. It runs on the spot until it has to wait for something.
  /// - Parameter work: is given the number that ``cancel(_:)`` takes.
  /// - Returns: why the exchange does not begin; `nil` if it does.
  func begin(_ work: @escaping @Sendable (Int) async -> Void) -> Refusal? {
    let place = state.withLock { state -> Result<Int, Refusal> in
      guard !state.isDraining, !state.isLost else {
        return .failure(
          Refusal(
            status: .serviceUnavailable, code: "shutting-down", "This telephone is shutting down. Try again.",
            fields: [.retryAfter: "1"]))
      }
      guard state.running.count < settings.maxConcurrent else {
        return .failure(
          Refusal(
            status: .serviceUnavailable, code: "too-many-exchanges", "Too many requests run at once. Try again.",
            fields: [.retryAfter: "1"]))
      }
      state.nextID += 1
      state.running[state.nextID] = .some(nil)
      return .success(state.nextID)
    }
    switch place {
    case .failure(let refusal): return refusal
    case .success(let id):
      let task = Task.immediateDetached(executorPreference: executor) {
        await work(id)
        finish(id)
      }
      let isLost = state.withLock { state in
        guard state.running[id] != nil else { return false }
        state.running[id] = .some(task)
        return state.isLost
      }
      if isLost { task.cancel() }
      return nil
    }
  }

  /// Cancels an exchange; it is not awaited.
  func cancel(_ id: Int) {
    let task = state.withLock { $0.running[id] ?? nil }
    task?.cancel()
  }

  private func finish(_ id: Int) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.running[id] = nil
      guard state.isDraining, state.running.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
