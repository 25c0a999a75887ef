/// How paths are written (RFC 3986, 3.3 and 6.2.2).
enum PathSpelling {
  /// Whether the target of a request can hold an octet at all: visible ASCII only (RFC 9112, 3.2).
  static func isVisible(_ octet: UInt8) -> Bool { (0x21...0x7E).contains(octet) }

  /// A pattern as a canonical path is written: unreserved characters as they are, other escapes in upper case, and escapes
  /// for what no segment holds as it is. Stars and slashes stay.
  static func canonical(_ pattern: String) -> String {
    var result: [UInt8] = []
    var rest = Array(pattern.utf8)[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        if octet == UInt8(ascii: "/") || isPathCharacter(octet) {
          result.append(octet)
        } else {
          result += escape(octet)
        }
        continue
      }
      let digits = rest.prefix(2)
      if digits.contains(UInt8(ascii: "*")) {
        // The digits are what the star stands for.
        result.append(octet)
      } else if digits.count == 2, let high = hexValue(digits.first), let low = hexValue(digits.last) {
        rest.removeFirst(2)
        let value = UInt8(high << 4 | low)
        if isUnreserved(value) { result.append(value) } else { result += escape(value) }
      } else {
        result += escape(octet)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func hexValue(_ octet: UInt8?) -> Int? {
    octet.flatMap { Character(UnicodeScalar($0)).hexDigitValue }
  }

  /// `%` and two upper-case digits.
  private static func escape(_ octet: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
  }

  private static func isUnreserved(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~".utf8.contains(octet)
    }
  }

  /// Unreserved characters, sub-delims, `:` and `@`.
  private static func isPathCharacter(_ octet: UInt8) -> Bool {
    isUnreserved(octet) || "!$&'()*+,;=:@".utf8.contains(octet)
  }
}
