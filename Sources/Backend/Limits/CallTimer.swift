import Synchronization
import TelephoneKit

/// Watches the time limits of one call, and gives the call up when one has passed.
final class CallTimer: Deadlined {
  private struct State {
    var deadlines: CallDeadlines
    var place: DeadlineKeeper.Place?
    /// The deadline that the keeper knows: the right one, or an earlier one.
    var known: Duration?
    var call: (any BackendCall)?
    var expired: BackendFault.Kind?
    var isStopped = false
  }

  private let keeper: DeadlineKeeper
  private let state: Mutex<State>

  /// Starts to watch.
  init(_ limits: BackendLimits, _ keeper: DeadlineKeeper) {
    self.keeper = keeper
    state = Mutex(State(deadlines: CallDeadlines(limits: limits, start: keeper.timeline.now())))
    state.withLock { arm(&$0) }
  }

  /// - Returns: what has expired before; the call is over then.
  @discardableResult
  func note(_ event: CallEvent) -> BackendFault.Kind? {
    let now = keeper.timeline.now()
    return state.withLock { state in
      guard state.expired == nil, !state.isStopped else { return state.expired }
      state.deadlines.note(event, at: now)
      arm(&state)
      return nil
    }
  }

  /// What is given up when a limit passes; at once, if one has.
  func watch(_ call: any BackendCall) {
    let isDue = state.withLock { state in
      if !state.isStopped { state.call = call }
      return state.expired != nil
    }
    if isDue { call.giveUp() }
  }

  /// The call is over, or has no limits any more.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.call = nil
      if let place = state.place { keeper.remove(place) }
      state.place = nil
    }
  }

  func deadlinePassed() {
    let now = keeper.timeline.now()
    let call = state.withLock { state -> (any BackendCall)? in
      guard !state.isStopped, state.expired == nil else { return nil }
      state.known = nil
      state.expired = state.deadlines.expired(at: now)
      guard state.expired == nil else { return state.call }
      arm(&state)
      return nil
    }
    call?.giveUp()
  }

  private func arm(_ state: inout State) {
    guard let next = state.deadlines.next?.deadline else { return }
    if let known = state.known, known <= next { return }
    let place = state.place ?? keeper.add(self)
    state.place = place
    state.known = next
    keeper.set(place, next)
  }
}
