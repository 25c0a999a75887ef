import Foundation
import Testing

@testable import TelephoneCLI

@Suite struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (0.001, "1970-01-01T00:00:00.001Z"), (0.0129, "1970-01-01T00:00:00.012Z"),
    (951_782_399.999, "2000-02-28T23:59:59.999Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
    (1_769_860_800.05, "2026-01-31T12:00:00.050Z"), (1_769_860_800.5, "2026-01-31T12:00:00.500Z"),
    // Less than a microsecond before the next second.
    (1_769_860_799.999_999_9, "2026-01-31T12:00:00.000Z"), (-0.5, "1969-12-31T23:59:59.500Z"),
  ])
  func `a point in time has milliseconds, in UTC`(_ seconds: TimeInterval, _ text: String) {
    #expect(Timestamp.text(of: Date(timeIntervalSince1970: seconds)) == text)
  }

  @Test func `whatever second came before, each has its own text`() {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for step in [1, 0, 2, 2, -1, 86_400, 0, 59, 60] {
      // Those that a Double holds exactly, since Foundation cuts what it has.
      for milliseconds in [0, 125, 250, 375, 500, 875] {
        let date = Date(timeIntervalSince1970: 1_769_860_740 + Double(step) + Double(milliseconds) / 1000)
        #expect(Timestamp.text(of: date) == style.format(date))
      }
    }
  }
}
