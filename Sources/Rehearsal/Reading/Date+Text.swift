package import Foundation

extension Date {
  /// Reads the date of a rehearsal: `2026-01-31T12:00:00Z`, `2026-01-31` for its first second in UTC, or the seconds since
  /// 1970 as tokens have them. `nil` for anything else.
  package init?(rehearsed text: String) {
    let style = Date.ISO8601FormatStyle()
    let precise = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    if let seconds = Int64(text), seconds.magnitude < 1 << 40 {
      self.init(timeIntervalSince1970: Double(seconds))
    } else if let date = text.wholeMatch(of: style)?.output ?? text.wholeMatch(of: precise)?.output
      ?? text.wholeMatch(of: style.year().month().day())?.output
    {
      // Foundation takes the 30th of February for the 2nd of March.
      guard style.format(date).prefix(10) == text.prefix(10) else { return nil }
      self = date
    } else {
      return nil
    }
  }
}
