import Synchronization
import TelephoneKit

/// What one call holds of a budget that all calls share.
final class HeldOctets: Sendable {
  private let budget: OctetBudget
  private let count = Atomic(0)

  init(of budget: OctetBudget) { self.budget = budget }

  /// - Returns: whether the budget has so many more.
  func take(_ octets: Int) -> Bool {
    guard budget.take(octets) else { return false }
    count.add(octets, ordering: .relaxed)
    return true
  }

  /// Gives back all. Called once nothing more is taken.
  func giveBack() { budget.give(count.load(ordering: .relaxed)) }
}
