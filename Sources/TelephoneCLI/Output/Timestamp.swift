import Foundation
import Synchronization

/// Points in time as RFC 3339 writes them, in UTC, with milliseconds: `2026-01-31T12:00:00.000Z`.
///
/// Many lines of a log are of the same second, so the last second that was asked for is kept.
enum Timestamp {
  private struct Second {
    /// Since 1970.
    var number: Int
    /// With the point that milliseconds follow.
    var text: String
  }

  private static let last = Mutex<Second?>(nil)
  private static let whole = Date.ISO8601FormatStyle()
  private static let exact = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// - Parameter date: rounded down to a millisecond, after what is less than a microsecond was rounded.
  static func text(of date: Date) -> String {
    let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
    guard let total = Int(exactly: microseconds), total >= 0 else { return exact.format(date) }
    let (second, rest) = total.quotientAndRemainder(dividingBy: 1_000_000)
    let milliseconds = rest / 1000
    let padding = milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : ""
    return "\(text(of: second))\(padding)\(milliseconds)Z"
  }

  private static func text(of second: Int) -> String {
    last.withLock { last in
      if let last, last.number == second { return last.text }
      let text = whole.format(Date(timeIntervalSince1970: TimeInterval(second))).dropLast() + "."
      last = Second(number: second, text: String(text))
      return String(text)
    }
  }
}
