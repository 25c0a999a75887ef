import Synchronization
import TelephoneKit

/// Bounds the wait for one answer's head. It may be armed, rest and be armed again until the head has come.
///
/// It must be settled: until then the keeper holds it.
final class AnswerDeadline: Deadlined {
  private struct State {
    /// `nil` when it is settled.
    var place: DeadlineKeeper.Place?
    /// When the time is up, while it runs.
    var due: Duration?
    var hasPassed = false
  }

  private let keeper: DeadlineKeeper
  private let limit: Duration
  private let onExpiry: @Sendable () -> Void
  private let state = Mutex(State())

  init(_ keeper: DeadlineKeeper, limit: Duration, onExpiry: @escaping @Sendable () -> Void) {
    self.keeper = keeper
    self.limit = limit
    self.onExpiry = onExpiry
    let place = keeper.add(self)
    state.withLock { $0.place = place }
  }

  /// Whether the time was up before the head came.
  var hasPassed: Bool { state.withLock { $0.hasPassed } }

  /// The time begins to run, unless it runs or the head has come.
  func arm() {
    state.withLock { state in
      guard let place = state.place, state.due == nil else { return }
      let due = keeper.timeline.now() + limit
      state.due = due
      keeper.set(place, due)
    }
  }

  /// The time does not run.
  func rest() {
    state.withLock { state in
      state.due = nil
      if let place = state.place { keeper.set(place, nil) }
    }
  }

  /// The head has come, or nobody waits for it any more.
  func settle() {
    let place = state.withLock { $0.place.take() }
    if let place { keeper.remove(place) }
  }

  func deadlinePassed() {
    let isLate = state.withLock { state in
      guard state.place != nil, let due = state.due else { return false }
      // It may have rested and been armed again since.
      guard due <= keeper.timeline.now() else { return false }
      state.hasPassed = true
      return true
    }
    if isLate { onExpiry() }
  }
}
