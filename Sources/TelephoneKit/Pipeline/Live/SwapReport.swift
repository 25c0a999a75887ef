package import Foundation

/// How often a running agent's pipeline was replaced, and what came of the last attempt.
package struct SwapReport: Sendable {
  /// A pipeline that has taken the place of another.
  package struct Swap: Sendable, Equatable {
    package var name: String
    package var stages: Int
    /// Of these, the stages that were kept with their state.
    package var kept: Int
  }

  package private(set) var swaps = 0
  /// Attempts after which all was as before.
  package private(set) var failures = 0
  /// The last attempt; `nil`: there was none.
  package private(set) var last: (at: Date, hasSucceeded: Bool)?
  /// The pipelines that were replaced and still have exchanges, or are being shut down.
  package internal(set) var replaced = 0
  package internal(set) var exchangesOnReplaced = 0

  mutating func note(_ date: Date, hasSucceeded: Bool) {
    last = (date, hasSucceeded)
    if hasSucceeded { swaps += 1 } else { failures += 1 }
  }
}

extension Pipeline {
  func sharedStages(with other: Pipeline) -> Int {
    steps.count { step in other.steps.contains { $0.built === step.built } }
  }
}
