import Synchronization

/// Bounds the wait for one answer's head. It may be armed, rest and be armed again until the head has come.
final class AnswerDeadline: Sendable {
  private struct State {
    var ticket: DeadlineKeeper.Ticket?
    var isSettled = false
    var hasPassed = false
  }

  private let keeper: DeadlineKeeper
  private let onExpiry: @Sendable () -> Void
  private let state = Mutex(State())

  init(_ keeper: DeadlineKeeper, onExpiry: @escaping @Sendable () -> Void) {
    self.keeper = keeper
    self.onExpiry = onExpiry
  }

  /// Whether the time was up before the head came.
  var hasPassed: Bool { state.withLock { $0.hasPassed } }

  /// The time begins to run, unless it runs or the head has come.
  func arm() {
    state.withLock { state in
      guard !state.isSettled, state.ticket == nil else { return }
      state.ticket = keeper.arm { self.expire() }
    }
  }

  /// The time does not run.
  func rest() {
    let ticket = state.withLock { $0.ticket.take() }
    if let ticket { keeper.disarm(ticket) }
  }

  /// The head has come, or nobody waits for it any more.
  func settle() {
    state.withLock { $0.isSettled = true }
    rest()
  }

  private func expire() {
    let isLate = state.withLock { state in
      guard !state.isSettled, state.ticket != nil else { return false }
      state.hasPassed = true
      return true
    }
    if isLate { onExpiry() }
  }
}
