import Synchronization
import TelephoneKit

/// The calls that one line carries, so that it can be closed after the last one.
final class CarriedCalls: Sendable {
  private struct State {
    var count = 0
    var isDraining = false
    var isLost = false
    /// Who waits until the last call has ended.
    var waiters: [CheckedContinuation<Void, Never>] = []

    var isOver: Bool { isLost || (isDraining && count == 0) }
  }

  private let state = Mutex(State())

  /// Whether no call begins any more.
  var isClosed: Bool { state.withLock { $0.isDraining || $0.isLost } }

  /// One more call is carried.
  /// - Throws: ``NotTaken`` if the line drains, or is lost.
  func run(_ call: () async throws -> Void) async throws {
    let isTaken = state.withLock { state in
      guard !state.isDraining, !state.isLost else { return false }
      state.count += 1
      return true
    }
    guard isTaken else { throw NotTaken(answer: Failure.noTelephone) }
    defer { change { $0.count -= 1 } }
    try await call()
  }

  /// Takes no more calls, and returns when the last one has ended, or the line is lost.
  func drain() async {
    change { $0.isDraining = true }
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if !state.isOver { state.waiters.append(continuation) }
        return state.isOver
      }
      if isOver { continuation.resume() }
    }
  }

  /// The line is lost: nobody waits for its calls.
  func lose() { change { $0.isLost = true } }

  private func change(_ work: (inout State) -> Void) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      work(&state)
      guard state.isOver else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
