/// Times, as a distribution.
struct Distribution: Sendable, Equatable {
  private var times: [Duration] = []

  var count: Int { times.count }

  mutating func add(_ time: Duration) {
    times.insert(time, at: times.firstIndex { $0 > time } ?? times.endIndex)
  }

  /// The time that so many of a hundred do not exceed (nearest rank); zero when there are none.
  func percentile(_ percent: Int) -> Duration {
    guard !times.isEmpty else { return .zero }
    return times[min(times.count - 1, max(0, (times.count * percent + 99) / 100 - 1))]
  }

  var minimum: Duration { times.first ?? .zero }
  var maximum: Duration { times.last ?? .zero }
}

extension Distribution {
  mutating func add(_ other: Distribution) { for time in other.times { add(time) } }
}
