import Synchronization

/// The `heartbeat_ack` events of one channel, for those who wait for them. They say nothing of the heartbeat that they
/// are for, so they are counted: the gateway answers in the order of the heartbeats.
final class Acknowledgements: Sendable {
  private struct State {
    /// The heartbeats so far.
    var sent = 0
    /// Of these, how many were answered.
    var answered = 0
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]

    /// All up to a number are answered.
    mutating func answer(_ number: Int) -> [CheckedContinuation<Void, any Error>] {
      answered = max(answered, min(number, sent))
      let done = waiters.keys.filter { $0 <= answered }
      return done.compactMap { waiters.removeValue(forKey: $0) }
    }
  }

  private let state = Mutex(State())

  /// A heartbeat is sent next.
  /// - Returns: its number.
  func begin() -> Int {
    state.withLock { state in
      state.sent += 1
      return state.sent
    }
  }

  /// An acknowledgement has come. One that nobody asked for means nothing.
  func come() {
    let waiters = state.withLock { $0.answer($0.answered + 1) }
    for waiter in waiters { waiter.resume() }
  }

  /// A heartbeat, and with it all before it, was answered in another way.
  func come(for number: Int) {
    let waiters = state.withLock { $0.answer(number) }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until a heartbeat is answered. One task waits for each.
  /// - Throws: `CancellationError`.
  func next(_ number: Int) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if state.answered >= number { return .success(()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiters[number] = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
  }
}
