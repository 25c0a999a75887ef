import Synchronization

/// An answer that one task waits for and that comes once; later ones are dropped.
final class OneAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, any Error>)
    case come(Result<Value, any Error>)
    case over
  }

  private let state = Mutex(State.open)

  func come(_ answer: Result<Value, any Error>) {
    let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
      switch state {
      case .open:
        state = .come(answer)
        return nil
      case .awaited(let waiter):
        state = .over
        return waiter
      case .come, .over: return nil
      }
    }
    waiter?.resume(with: answer)
  }

  /// Waits for it, at most until the task is cancelled.
  func value() async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let known = state.withLock { state -> Result<Value, any Error>? in
          switch state {
          case .open:
            state = .awaited(continuation)
            return nil
          case .come(let answer):
            state = .over
            return answer
          case .awaited, .over: return .failure(CancellationError())
          }
        }
        if let known { continuation.resume(with: known) }
      }
    } onCancel: {
      come(.failure(CancellationError()))
    }
  }
}
