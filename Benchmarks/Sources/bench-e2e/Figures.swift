import BenchKit

/// What one measured run gave. Times of processors are in microseconds per request.
struct Figures {
  var rate: Double
  var p50: Double
  var p99: Double
  var mebibytesPerSecond: Double
  var load: Double?
  var switchboard: Double?
  var agent: Double?
  var backend: Double?
  /// Octets.
  var switchboardPeak: Int?
  var agentPeak: Int?

  /// - Parameters: the times are those of the whole run.
  init(
    _ measurement: Measurement, load: Double? = nil, switchboard: Double? = nil, agent: Double? = nil,
    backend: Double? = nil, switchboardPeak: Int? = nil, agentPeak: Int? = nil
  ) {
    let requests = Double(max(1, measurement.requests))
    rate = measurement.rate
    p50 = measurement.p50
    p99 = measurement.p99
    mebibytesPerSecond = measurement.mebibytesPerSecond
    self.load = load.map { $0 / requests }
    self.switchboard = switchboard.map { $0 / requests }
    self.agent = agent.map { $0 / requests }
    self.backend = backend.map { $0 / requests }
    self.switchboardPeak = switchboardPeak
    self.agentPeak = agentPeak
  }

  /// Each figure's median over several runs; a peak is the highest of all.
  init?(medianOf runs: [Figures]) {
    guard var all = runs.first else { return nil }
    func middle(_ part: (Figures) -> Double?) -> Double? { Median.of(runs.compactMap(part)) }
    all.rate = middle(\.rate) ?? 0
    all.p50 = middle(\.p50) ?? 0
    all.p99 = middle(\.p99) ?? 0
    all.mebibytesPerSecond = middle(\.mebibytesPerSecond) ?? 0
    all.load = middle(\.load)
    all.switchboard = middle(\.switchboard)
    all.agent = middle(\.agent)
    all.backend = middle(\.backend)
    all.switchboardPeak = runs.compactMap(\.switchboardPeak).max()
    all.agentPeak = runs.compactMap(\.agentPeak).max()
    self = all
  }
}

enum Median {
  static func of(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// The median of what each round gave for `a`, divided by what the same round gave for `b`.
  static func ofRatios(_ a: [Double?], _ b: [Double?]) -> Double? {
    of(zip(a, b).compactMap { a, b in a.flatMap { a in b.flatMap { $0 > 0 ? a / $0 : nil } } })
  }
}
