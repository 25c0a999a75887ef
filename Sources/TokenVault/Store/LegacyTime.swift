#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Times as the Go program's SQLite drivers wrote them: `2100-01-01 01:00:00.123456789 +0200 CEST m=+12.345678901` (Go's
/// `time.String`) or `2100-01-01 01:00:00.123456789+02:00`, and what lies between them: `T` for the space, `Z`, no offset
/// (UTC), any abbreviation, with or without the monotonic reading.
enum LegacyTime {
  /// - Returns: `nil`, if `text` is no such time, or its day is not in the calendar.
  static func date(_ text: String) -> Date? {
    var rest = Array(text.utf8)[...]
    guard let year = number(&rest, 4), skip("-", &rest), let month = number(&rest, 2), skip("-", &rest),
      let day = number(&rest, 2), skip(" ", &rest) || skip("T", &rest), let hour = number(&rest, 2), skip(":", &rest),
      let minute = number(&rest, 2), skip(":", &rest), let second = number(&rest, 2),
      (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    guard let fraction = fraction(&rest), let offset = offset(&rest), isEnd(rest) else { return nil }
    let seconds = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset
    return Date(timeIntervalSince1970: Double(seconds) + fraction)
  }

  private static func skip(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }

  private static func number(_ rest: inout ArraySlice<UInt8>, _ digits: Int) -> Int? {
    guard rest.count >= digits, rest.prefix(digits).allSatisfy(isDigit) else { return nil }
    defer { rest.removeFirst(digits) }
    return rest.prefix(digits).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// Up to nine digits after a dot, if there is one.
  private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Double? {
    guard skip(".", &rest) else { return 0 }
    let digits = rest.prefix { isDigit($0) }
    guard (1...9).contains(digits.count) else { return nil }
    rest.removeFirst(digits.count)
    return Double("0." + String(decoding: digits, as: UTF8.self))
  }

  /// `+02:00`, `+0200`, `Z`, or nothing, with a space before it or not; in seconds.
  private static func offset(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var ahead = rest
    _ = skip(" ", &ahead)
    if skip("Z", &ahead) {
      rest = ahead
      return 0
    }
    let isEast = skip("+", &ahead)
    guard isEast || skip("-", &ahead) else { return 0 }
    guard let hours = number(&ahead, 2) else { return nil }
    _ = skip(":", &ahead)
    guard let minutes = number(&ahead, 2), hours < 24, minutes < 60 else { return nil }
    rest = ahead
    return (hours * 60 + minutes) * 60 * (isEast ? 1 : -1)
  }

  /// Nothing, or a space and an abbreviation (letters, or again an offset such as `+03`), or a monotonic reading, or both.
  private static func isEnd(_ rest: ArraySlice<UInt8>) -> Bool {
    var words = rest.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)[...]
    guard words.first?.isEmpty == true else { return false }
    words.removeFirst()
    if let last = words.last, last.starts(with: Array("m=".utf8)) {
      let reading = last.dropFirst(2)
      let signed = reading.first == UInt8(ascii: "+") || reading.first == UInt8(ascii: "-")
      let digits = signed ? reading.dropFirst() : reading
      guard !digits.isEmpty, digits.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) else { return false }
      words.removeLast()
    }
    guard let zone = words.first else { return true }
    return words.count == 1 && (1...16).contains(zone.count)
      && zone.allSatisfy { octet in
        isDigit(octet) || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-")
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet & 0xDF)
      }
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days of the proleptic Gregorian calendar, the year counted from March so that the leap day is its last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let years = month > 2 ? year : year - 1
    let months = month > 2 ? month - 3 : month + 9
    let leapDays = years.quotient(4) - years.quotient(100) + years.quotient(400)
    return years * 365 + leapDays + (153 * months + 2) / 5 + day - 1 - 719_468
  }
}

extension Int {
  /// Division that rounds down, also below zero (the year before March of year 0).
  fileprivate func quotient(_ divisor: Int) -> Int { (self - ((self % divisor) + divisor) % divisor) / divisor }
}
