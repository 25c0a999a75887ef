/// When a lost line is tried again: the memory that goes from attempt to attempt, and from a line to its successor.
package struct RetryPlan: Sendable, Equatable {
  /// How long a line must have been up for its loss to be forgiven.
  package let settledAfter: Duration
  /// The wait after a refused token; up to a tenth of it is added.
  package let refusedTokenWait: Duration
  private var backoff: Backoff

  /// - Parameters:
  ///   - settledAfter: Default 30 s.
  ///   - refusedTokenWait: Default 5 min.
  package init(
    backoff: Backoff, settledAfter: Duration = .seconds(30), refusedTokenWait: Duration = .seconds(300)
  ) {
    self.backoff = backoff
    self.settledAfter = settledAfter
    self.refusedTokenWait = refusedTokenWait
  }

  /// The wait after an attempt that failed: a dial or a join.
  package mutating func failed(
    _ cause: LineLoss.Cause, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    guard cause.isTokenRefused else { return backoff.next(using: &generator) }
    return refusedTokenWait + refusedTokenWait * Double.random(in: 0..<0.1, using: &generator)
  }

  /// The wait after the loss of a line that was up.
  ///
  /// A line that was up for a while is dialled again at once, and its backoff begins anew; after an orderly restart of
  /// the gateway, which all its telephones see at the same moment, the first wait is drawn. A line that was lost soon
  /// after its join waits longer each time.
  /// - Returns: `nil`: at once.
  package mutating func lost(
    _ cause: LineLoss.Cause, upFor: Duration, using generator: inout some RandomNumberGenerator
  ) -> Duration? {
    guard upFor >= settledAfter else { return backoff.next(using: &generator) }
    backoff.reset()
    return cause.isRestart ? backoff.next(using: &generator) : nil
  }
}
