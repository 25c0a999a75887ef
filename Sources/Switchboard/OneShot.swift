import Synchronization

/// A value that is set once, and awaited by any number of tasks.
///
/// A waiting task is not woken by its cancellation: who makes a one-shot sets it on every way out.
final class OneShot<Value: Sendable>: Sendable {
  private enum State {
    case waiting([CheckedContinuation<Value, Never>])
    case set(Value)
  }

  private let state = Mutex(State.waiting([]))

  /// The value, when it is set already.
  var current: Value? { state.withLock { if case .set(let value) = $0 { value } else { nil } } }

  /// The first call counts.
  func set(_ value: Value) {
    let waiters = state.withLock { state -> [CheckedContinuation<Value, Never>] in
      guard case .waiting(let waiters) = state else { return [] }
      state = .set(value)
      return waiters
    }
    for waiter in waiters { waiter.resume(returning: value) }
  }

  var value: Value {
    get async {
      if let current { return current }
      return await withCheckedContinuation { continuation in
        let ready = state.withLock { state -> Value? in
          switch state {
          case .set(let value): return value
          case .waiting(var waiters):
            state = .waiting([])
            waiters.append(continuation)
            state = .waiting(waiters)
            return nil
          }
        }
        if let ready { continuation.resume(returning: ready) }
      }
    }
  }
}
