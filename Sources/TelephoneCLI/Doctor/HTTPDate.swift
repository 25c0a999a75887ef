import Foundation

/// A date as HTTP fields have it (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read.
enum HTTPDate {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static func date(_ text: String) -> Date? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
    let time = parts[4].split(separator: ":", omittingEmptySubsequences: false).compactMap { number($0, digits: 2) }
    guard time.count == 3, time[0] < 24, time[1] < 60, time[2] <= 60, let day = number(parts[1], digits: 2),
      (1...31).contains(day), let year = number(parts[3], digits: 4)
    else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let components = DateComponents(
      year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
    return calendar.date(from: components)
  }

  private static func number(_ text: Substring, digits: Int) -> Int? {
    text.utf8.count == digits && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
  }
}
