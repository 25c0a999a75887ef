/// A clock of any kind, as the time since a beginning. To sleep until an instant of it, and not for a while, is exact
/// also when the clock moves in between.
package struct Timeline: Sendable {
  /// The time since the beginning.
  package let now: @Sendable () -> Duration
  private let sleep: @Sendable (Duration) async throws -> Void

  package init<C: Clock>(_ clock: C) where C.Duration == Duration {
    // It is read several times in each exchange, and a closure over a clock of any kind is not specialized.
    if let clock = clock as? ContinuousClock { self.init(of: clock) } else { self.init(of: clock) }
  }

  private init<C: Clock>(of clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  /// - Throws: `CancellationError`.
  package func sleep(until time: Duration) async throws { try await sleep(time) }
}
