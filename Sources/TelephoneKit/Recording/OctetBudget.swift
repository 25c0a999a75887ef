import Synchronization

/// A number of octets of memory that many share.
package final class OctetBudget: Sendable {
  private let limit: Int
  private let used = Atomic(0)

  package init(_ limit: Int) { self.limit = limit }

  /// - Returns: whether there are so many; they are given back by ``give(_:)``.
  package func take(_ count: Int) -> Bool {
    guard used.add(count, ordering: .relaxed).newValue <= limit else {
      give(count)
      return false
    }
    return true
  }

  package func give(_ count: Int) { used.subtract(count, ordering: .relaxed) }
}
