import TelephoneKit

/// The generic cell rate algorithm (ITU-T I.371) as a virtual schedule: so many at once, and then one for each interval.
/// Pure. What is kept of a key is one instant: when its bucket will be full again.
struct GCRA: Sendable {
  /// The time in which one request is given back.
  let interval: Duration
  /// The most at once; at least 1.
  let burst: Int

  init(rate: Rate, burst: Int) {
    self.interval = max(rate.period / rate.count, .nanoseconds(1))
    self.burst = max(burst, 1)
  }

  /// How long an empty bucket takes to be full.
  var window: Duration { interval * burst }

  struct Verdict: Equatable {
    var isAllowed: Bool
    /// How many more would be allowed at this moment.
    var remaining: Int
    /// How long to wait until one is allowed. Zero if one is.
    var retryAfter: Duration
    /// How long until the bucket is full.
    var untilFull: Duration
  }

  /// Asks for one request.
  /// - Parameter full: when the key's bucket is full; moved on if the request is allowed.
  func take(_ full: inout Duration, at now: Duration) -> Verdict {
    let next = max(full, now) + interval
    if next - now <= window {
      full = next
      return verdict(full, now, isAllowed: true)
    }
    return verdict(full, now, isAllowed: false)
  }

  private func verdict(_ full: Duration, _ now: Duration, isAllowed: Bool) -> Verdict {
    let debt = max(full - now, .zero)
    // Of integers: a quotient of durations is a `Double`, and may be one too small.
    let remaining = max(Int((window - debt).attoseconds / interval.attoseconds), 0)
    let retryAfter = max(debt + interval - window, .zero)
    return Verdict(isAllowed: isAllowed, remaining: remaining, retryAfter: retryAfter, untilFull: debt)
  }
}
