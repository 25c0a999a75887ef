import NIOCore

/// What may stand as the authority of a request head.
enum RequestAuthority {
  /// Whether a text of visible ASCII is a host with a port or without, or empty (RFC 3986, 3.2, without user information,
  /// and without the comma, which would make a list of it). Brackets stand around an address of IPv6 only.
  static func isWellFormed(_ text: String) -> Bool {
    let octets = text.utf8
    var end = octets.startIndex
    if octets.first == UInt8(ascii: "[") {
      guard let close = octets.firstIndex(of: UInt8(ascii: "]")) else { return false }
      guard case .v6? = try? SocketAddress(ipAddress: String(text[..<close].dropFirst()), port: 0) else { return false }
      end = octets.index(after: close)
    } else {
      end = octets.firstIndex { !isInName($0) } ?? octets.endIndex
    }
    if end == octets.endIndex { return true }
    guard end > octets.startIndex, octets[end] == UInt8(ascii: ":") else { return false }
    return octets[octets.index(after: end)...].allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func isInName(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x24...0x2B, 0x2D, 0x2E, 0x3B, 0x3D, 0x5F, 0x7E: true
    default: false
    }
  }
}
