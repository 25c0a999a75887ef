import Foundation
import Histogram

/// What a load generator measured: one line of JSON on its standard output.
package struct Measurement: Codable, Sendable {
  /// The line that is printed when the measured time begins.
  package static let begin = "measuring"

  /// Answers that came in the measured time.
  package var requests = 0
  /// The measured time.
  package var seconds = 0.0
  /// Microseconds from a request's first octet to its answer's last one.
  package var p50 = 0.0
  package var p99 = 0.0
  /// Octets of bodies, received or sent.
  package var octets = 0
  /// Why nothing was measured.
  package var problem: String?

  package init() {}

  package init(problem: String) { self.problem = problem }

  package init?(line: String) {
    guard let measurement = try? JSONDecoder().decode(Measurement.self, from: Data(line.utf8)) else { return nil }
    self = measurement
  }

  package var line: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

  package var rate: Double { seconds > 0 ? Double(requests) / seconds : 0 }
  package var mebibytesPerSecond: Double { seconds > 0 ? Double(octets) / 1_048_576 / seconds : 0 }
}

/// Latencies of up to a minute, in nanoseconds, to three digits.
package struct Latencies: Sendable {
  private var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000_000)

  package init() {}

  package mutating func record(_ nanoseconds: UInt64) { histogram.record(min(nanoseconds, 60_000_000_000)) }
  package mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

  package var count: Int { Int(clamping: histogram.totalCount) }
  /// In microseconds.
  package func percentile(_ percent: Double) -> Double { Double(histogram.valueAtPercentile(percent)) / 1000 }

  /// The figures of `seconds` in which all of these came.
  package func measurement(seconds: Double, octets: Int = 0) -> Measurement {
    var measurement = Measurement()
    measurement.requests = count
    measurement.seconds = seconds
    measurement.p50 = percentile(50)
    measurement.p99 = percentile(99)
    measurement.octets = octets
    return measurement
  }
}
