#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which octets may stand where (RFC 9110, section 5.6).
enum Octets {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let comma: UInt8 = 0x2C
  static let colon: UInt8 = 0x3A

  /// Whether an octet may be part of a token.
  @inline(__always) static func isToken(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x5E...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x7C, 0x7E: true
    default: false
    }
  }

  /// Whether an octet may be part of a field's value: no control but the tab.
  @inline(__always) static func isFieldValue(_ octet: UInt8) -> Bool {
    octet >= 0x20 ? octet != 0x7F : octet == tab
  }

  /// Whether an octet is a visible one of ASCII.
  @inline(__always) static func isVisible(_ octet: UInt8) -> Bool {
    octet > 0x20 && octet < 0x7F
  }

  @inline(__always) static func isSpace(_ octet: UInt8) -> Bool {
    octet == space || octet == tab
  }

  @inline(__always) static func isDigit(_ octet: UInt8) -> Bool {
    octet >= 0x30 && octet <= 0x39
  }

  /// The value of a hexadecimal digit; nil for any other octet.
  @inline(__always) static func hexadecimal(_ octet: UInt8) -> Int? {
    switch octet {
    case 0x30...0x39: Int(octet - 0x30)
    case 0x41...0x46: Int(octet - 0x41) + 10
    case 0x61...0x66: Int(octet - 0x61) + 10
    default: nil
    }
  }

  /// Whether octets are those of a text of ASCII, in any case. The text must be of lower case.
  static func equal(_ octets: UnsafeRawBufferPointer, _ lower: StaticString) -> Bool {
    guard octets.count == lower.utf8CodeUnitCount else { return false }
    for index in 0..<octets.count {
      let octet = octets[index]
      let folded = octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
      guard folded == lower.utf8Start[index] else { return false }
    }
    return true
  }

  /// Whether octets are the same.
  @inline(__always) static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
      return left.isEmpty && right.isEmpty
    }
    return memcmp(first, second, left.count) == 0
  }

  /// The octets without spaces and tabs at their ends.
  static func trim(_ octets: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0
    var end = octets.count
    while start < end, isSpace(octets[start]) { start += 1 }
    while end > start, isSpace(octets[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: octets[start..<end])
  }
}
