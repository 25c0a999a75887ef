#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// When a token is refreshed, and when it counts as dying. All are seconds of the wall clock, which is what `exp` is in.
package struct RefreshRules: Equatable, Sendable {
  /// The first wait after a refresh that failed; each further failure doubles it. Default 2 s.
  package var initialBackoff: TimeInterval
  /// What the doubling ends at. Default 60 s.
  package var maximumBackoff: TimeInterval
  /// Readiness ends so long before the token does, but not before the last tenth of its life. Default 30 s.
  package var readinessMargin: TimeInterval

  package init(
    initialBackoff: TimeInterval = 2, maximumBackoff: TimeInterval = 60, readinessMargin: TimeInterval = 30
  ) {
    self.initialBackoff = initialBackoff
    self.maximumBackoff = maximumBackoff
    self.readinessMargin = readinessMargin
  }

  /// How far a refresh may be from the half of the life, as a part of that half: 5 %.
  static let jitter = 0.05

  /// The first refresh of a token that is held from `now` on: at half of its life from `iat` to `exp`; when that is past
  /// already, at half of what is left. An `iat` that is yet to come counts as now. It is up to 5 % of the wait earlier or
  /// later, so that agents that began together drift apart.
  func firstRefresh(
    issuedAt: Date, expiresAt: Date, at now: Date, using generator: inout some RandomNumberGenerator
  ) -> Date {
    let life = expiresAt.timeIntervalSince(min(issuedAt, now))
    let left = expiresAt.timeIntervalSince(now)
    guard left > 0 else { return now }
    let untilHalf = left - life / 2
    let factor = 1 + Double.random(in: -Self.jitter...Self.jitter, using: &generator)
    if untilHalf > 0 {
      // The jitter is a part of the whole half, but a refresh is never due before the token is held.
      return max(now, now.addingTimeInterval(untilHalf + life / 2 * (factor - 1)))
    }
    return now.addingTimeInterval(left / 2 * factor)
  }

  /// The next refresh after `failures` in a row: exponential backoff, drawn from the upper half of the wait, but never more
  /// than a quarter of what is left of the token, so that several tries fit in before it dies. At least 1 s from now.
  func nextTry(
    after failures: Int, expiresAt: Date, at now: Date, using generator: inout some RandomNumberGenerator
  ) -> Date {
    let doublings = min(max(failures - 1, 0), 30)
    let ceiling = min(initialBackoff * Double(1 << doublings), maximumBackoff)
    let wait = ceiling * Double.random(in: 0.5...1, using: &generator)
    return now.addingTimeInterval(max(1, min(wait, expiresAt.timeIntervalSince(now) / 4)))
  }

  /// From when on the agent is not ready: the last tenth of the token's life, or the last 30 s if that is less.
  func readyUntil(issuedAt: Date, expiresAt: Date, at now: Date) -> Date {
    let life = max(expiresAt.timeIntervalSince(min(issuedAt, now)), 0)
    return expiresAt.addingTimeInterval(-min(readinessMargin, life / 10))
  }
}
