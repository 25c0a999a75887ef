import Synchronization

/// Lets a caller wait for blocking work on another thread, but no longer than a bound. What comes later is dropped.
final class BoundedCall<Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, StoreFault>

  private enum State {
    case idle
    /// The bound was over before the caller waited.
    case early(Outcome)
    case waiting(CheckedContinuation<Outcome, Never>)
    case over
  }

  private let state = Mutex(State.idle)

  private init() {}

  /// - Parameters:
  ///   - timeout: The bound, on `clock`.
  ///   - late: What the caller is told when it is over.
  ///   - begin: Starts the work; it must not block. What it is given takes the outcome, from any thread.
  static func wait(
    atMost timeout: Duration, _ clock: any Clock<Duration>, late: @escaping @Sendable () -> StoreFault,
    _ begin: (@escaping @Sendable (Outcome) -> Void) -> Void
  ) async throws(StoreFault) -> Value {
    let call = BoundedCall()
    let timer = Task {
      guard (try? await clock.sleep(for: timeout)) != nil else { return }
      call.end(.failure(late()))
    }
    defer { timer.cancel() }
    let outcome = await withCheckedContinuation { continuation in
      let early: Outcome? = call.state.withLock { state in
        if case .early(let outcome) = state { return outcome }
        state = .waiting(continuation)
        return nil
      }
      if let early { return continuation.resume(returning: early) }
      begin { call.end($0) }
    }
    return try outcome.get()
  }

  private func end(_ outcome: Outcome) {
    let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
      switch state {
      case .idle: state = .early(outcome)
      case .early, .over: break
      case .waiting(let continuation):
        state = .over
        return continuation
      }
      return nil
    }
    continuation?.resume(returning: outcome)
  }
}
