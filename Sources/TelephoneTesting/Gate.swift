import Synchronization

/// A place where tasks wait, one after the other, until a test lets them on.
///
/// A task that is cancelled while it waits leaves with a `CancellationError`.
package final class Gate: Sendable {
  private struct State {
    var isOpen: Bool
    var permits = 0
    var lastID = 0
    var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>

  package init(isOpen: Bool = false) { state = Mutex(State(isOpen: isOpen)) }

  /// Returns at once if the gate is open or somebody was let on in advance; waits otherwise.
  package func enter() async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, watchers) = state.withLock {
          state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          if state.isOpen { return (.success(()), []) }
          if state.permits > 0 {
            state.permits -= 1
            return (.success(()), [])
          }
          state.waiting.append((id, continuation))
          let due = state.watchers.filter { $0.count <= state.waiting.count }.map(\.continuation)
          state.watchers.removeAll { $0.count <= state.waiting.count }
          return (nil, due)
        }
        if let result { continuation.resume(with: result) }
        for watcher in watchers { watcher.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return state.waiting.remove(at: index).continuation
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Lets the next ones on, now or when they come.
  package func admit(_ count: Int = 1) {
    let due = state.withLock { state in
      let due = state.waiting.prefix(count).map(\.continuation)
      state.waiting.removeFirst(due.count)
      state.permits += count - due.count
      return due
    }
    for waiter in due { waiter.resume() }
  }

  /// Lets everybody on from now on.
  package func open() {
    let due = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting.map(\.continuation)
    }
    for waiter in due { waiter.resume() }
  }

  /// Waits until at least so many tasks wait at the gate.
  package func waiting(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let enough = state.withLock { state -> Bool in
        if state.waiting.count >= count { return true }
        state.watchers.append((count, continuation))
        return false
      }
      if enough { continuation.resume() }
    }
  }
}
