/// What octets are in a path, and how they are escaped (RFC 3986, 2 and 3.3).
package enum PathOctet {
  /// What a hexadecimal digit stands for, in either case; `nil` for what is none.
  package static func hexValue(_ octet: UInt8) -> UInt8? {
    switch octet {
    case 0x30...0x39: octet - 0x30
    case 0x41...0x46: octet - 0x41 + 10
    case 0x61...0x66: octet - 0x61 + 10
    default: nil
    }
  }

  /// `%` and two upper-case digits.
  package static func escape(_ octet: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
  }

  /// Letters, digits, `-`, `.`, `_`, `~`.
  package static func isUnreserved(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
  }

  /// What a path segment may hold unescaped: unreserved characters, sub-delims, `:` and `@`.
  package static func isPathCharacter(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    // ! $ &'()*+, ; = : @
    case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D, 0x3A, 0x40: true
    default: false
    }
  }
}
