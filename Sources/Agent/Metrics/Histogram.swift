/// How durations are distributed, as Prometheus counts them: for each bound the durations that are not longer.
struct Histogram: Sendable {
  /// The bounds of all histograms, from 1 ms to 60 s; above the last there is one more bucket.
  static let bounds: [Duration] = [
    .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50),
    .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1), .milliseconds(2500), .seconds(5),
    .seconds(10), .seconds(30), .seconds(60),
  ]

  /// For each bound, and for what is longer than all, how many fell between it and the bound before.
  private(set) var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
  private(set) var sum = Duration.zero

  mutating func note(_ duration: Duration) {
    var bucket = 0
    while bucket < Self.bounds.count, duration > Self.bounds[bucket] { bucket += 1 }
    counts[bucket] += 1
    sum += duration
  }
}

extension Duration {
  /// As Prometheus has times: a number of seconds.
  var asSeconds: Double { self / .seconds(1) }
}
