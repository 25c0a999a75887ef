import Synchronization

/// Counts the calls that run.
final class CallCounter: Sendable {
  private let running = Atomic(0)

  /// - Returns: whether one more may run; then ``end()`` must follow.
  func begin(atMost limit: Int) -> Bool {
    if running.add(1, ordering: .relaxed).newValue <= limit { return true }
    end()
    return false
  }

  func end() { running.subtract(1, ordering: .relaxed) }
}
