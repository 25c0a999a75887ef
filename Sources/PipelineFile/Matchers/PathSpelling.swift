import TelephoneKit

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
        if octet == UInt8(ascii: "/") || PathOctet.isPathCharacter(octet) {
          result.append(octet)
        } else {
          result += PathOctet.escape(octet)
        }
        continue
      }
      let digits = rest.prefix(2)
      if digits.contains(UInt8(ascii: "*")) {
        // The digits are what the star stands for.
        result.append(octet)
      } else if digits.count == 2, let high = digits.first.flatMap(PathOctet.hexValue),
        let low = digits.last.flatMap(PathOctet.hexValue)
      {
        rest.removeFirst(2)
        let value = high << 4 | low
        if PathOctet.isUnreserved(value) { result.append(value) } else { result += PathOctet.escape(value) }
      } else {
        result += PathOctet.escape(octet)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
