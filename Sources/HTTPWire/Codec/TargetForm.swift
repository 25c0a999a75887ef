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
      guard !octets.isEmpty, Self.isAuthority(octets) else { return nil }
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

  /// Whether octets may be a host with a port or without, or are empty (RFC 3986, section 3.2, without user
  /// information, and without the comma, which would make a list of it).
  static func isAuthority(_ octets: UnsafeRawBufferPointer) -> Bool {
    octets.allSatisfy { octet in
      switch octet {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      case 0x21, 0x24...0x2B, 0x2D, 0x2E, 0x3A, 0x3B, 0x3D, 0x5B, 0x5D, 0x5F, 0x7E: true
      default: false
      }
    }
  }
}
