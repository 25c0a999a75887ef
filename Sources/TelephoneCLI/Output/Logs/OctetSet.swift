/// A set of octets of ASCII, as bits.
struct OctetSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ octets: some Sequence<UInt8>) {
    for octet in octets {
      if octet < 64 { low |= 1 << UInt64(octet) } else { high |= 1 << UInt64(octet & 63) }
    }
  }

  /// What may stand between quotes with no back slash before it: printable ASCII but quotes and back slashes.
  static let quotedText = OctetSet((0x20..<0x7F).filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })

  func contains(_ octet: UInt8) -> Bool {
    octet < 128 && (octet < 64 ? low : high) >> UInt64(octet & 63) & 1 == 1
  }
}
