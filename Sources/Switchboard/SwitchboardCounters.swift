import Synchronization

/// What a switchboard counts.
final class SwitchboardCounters: Sendable {
  private let calls = Atomic(0)
  private let dropped = Atomic(0)

  /// The calls that run now.
  var runningCalls: Int { calls.load(ordering: .relaxed) }

  /// Messages of telephones that meant nothing here, since the start.
  var droppedMessages: Int { dropped.load(ordering: .relaxed) }

  /// - Returns: whether one more call may run; then ``endCall()`` must follow.
  func beginCall(atMost limit: Int) -> Bool {
    if calls.add(1, ordering: .relaxed).newValue <= limit { return true }
    endCall()
    return false
  }

  func endCall() { calls.subtract(1, ordering: .relaxed) }

  func countDropped() { dropped.add(1, ordering: .relaxed) }
}
