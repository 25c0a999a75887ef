import Synchronization

/// The `heartbeat_ack` events of one channel, for the one task that waits for them.
final class Acknowledgements: Sendable {
  private struct State {
    var hasCome = false
    var waiter: CheckedContinuation<Void, any Error>?
  }

  private let state = Mutex(State())

  /// One has come.
  func come() {
    let waiter = state.withLock { state in
      state.hasCome = true
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Those that came so far do not count any more.
  func forget() {
    state.withLock { $0.hasCome = false }
  }

  /// Waits for one that came after ``forget()``.
  /// - Throws: `CancellationError`.
  func next() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if state.hasCome { return .success(()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiter = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume(throwing: CancellationError())
    }
  }
}
