import Synchronization

/// What a switchboard counts.
final class SwitchboardCounters: Sendable {
  private let counted = Mutex(SwitchboardCalls())
  private let dropped = Atomic(0)

  /// The calls since the start.
  var calls: SwitchboardCalls { counted.withLock { $0 } }

  /// Messages of telephones that meant nothing here, since the start.
  var droppedMessages: Int { dropped.load(ordering: .relaxed) }

  /// - Returns: whether one more call may run; then ``endCall(_:)`` must follow. If not, it is counted as refused.
  func beginCall(atMost limit: Int) -> Bool {
    counted.withLock { calls in
      calls.began += 1
      guard calls.running > limit else { return true }
      calls.count(.refused)
      return false
    }
  }

  func endCall(_ outcome: SwitchboardCalls.Outcome) { counted.withLock { $0.count(outcome) } }

  func countDropped() { dropped.add(1, ordering: .relaxed) }
}
