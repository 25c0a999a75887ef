import NIOCore

/// The form of a request target (RFC 9112, section 3.2).
enum TargetForm: Equatable {
  /// A path, with a query or without.
  case origin
  /// `http://` or `https://`, an authority, and the rest; the range is that of the authority in the target.
  case absolute(Range<Int>)
  /// A host and a port, for CONNECT only.
  case authority
  /// `*`
  case asterisk

  /// The form of a target of visible octets.
  /// - Returns: nil when it has none. A fragment (`#`) has no place in a target.
  init?(_ octets: UnsafeRawBufferPointer, isConnect: Bool) {
    if isConnect {
      guard Self.isAuthority(octets, needsPort: true) else { return nil }
      self = .authority
      return
    }
    guard !octets.contains(UInt8(ascii: "#")), let first = octets.first else { return nil }
    if first == UInt8(ascii: "/") {
      self = .origin
    } else if first == UInt8(ascii: "*"), octets.count == 1 {
      self = .asterisk
    } else {
      guard let authority = Self.authority(ofAbsolute: octets) else { return nil }
      self = .absolute(authority)
    }
  }

  private static func authority(ofAbsolute octets: UnsafeRawBufferPointer) -> Range<Int>? {
    let start: Int
    if octets.count > 7, Octets.equal(UnsafeRawBufferPointer(rebasing: octets[..<7]), "http://") {
      start = 7
    } else if octets.count > 8, Octets.equal(UnsafeRawBufferPointer(rebasing: octets[..<8]), "https://") {
      start = 8
    } else {
      return nil
    }
    var end = start
    while end < octets.count, octets[end] != UInt8(ascii: "/"), octets[end] != UInt8(ascii: "?") { end += 1 }
    guard end > start, isAuthority(UnsafeRawBufferPointer(rebasing: octets[start..<end])) else { return nil }
    return start..<end
  }

  /// The authority of a target in absolute form; empty for any other.
  static func authority(ofAbsolute target: String) -> String {
    var target = target
    return target.withUTF8 { octets in
      guard let range = authority(ofAbsolute: UnsafeRawBufferPointer(octets)) else { return "" }
      return String(decoding: octets[range], as: UTF8.self)
    }
  }

  /// Whether octets are a host with a port or without, or are empty (RFC 3986, section 3.2, without user information, and
  /// without the comma, which would make a list of it). Brackets stand around an address of IPv6 only.
  /// - Parameter needsPort: whether both must be there, the port with a digit.
  static func isAuthority(_ octets: UnsafeRawBufferPointer, needsPort: Bool = false) -> Bool {
    var end = 0
    if octets.first == UInt8(ascii: "[") {
      guard let close = octets.firstIndex(of: UInt8(ascii: "]")), isIPv6(octets[1..<close]) else { return false }
      end = close + 1
    } else {
      while end < octets.count, isInName(octets[end]) { end += 1 }
    }
    if end == octets.count { return !needsPort }
    guard end > 0, octets[end] == Octets.colon else { return false }
    let port = octets[(end + 1)...]
    return port.allSatisfy(Octets.isDigit) && !(needsPort && port.isEmpty)
  }

  private static func isIPv6(_ octets: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard case .v6? = try? SocketAddress(ipAddress: String(decoding: octets, as: UTF8.self), port: 0) else {
      return false
    }
    return true
  }

  private static func isInName(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x24...0x2B, 0x2D, 0x2E, 0x3B, 0x3D, 0x5F, 0x7E: true
    default: false
    }
  }
}
