/// A set of octets of ASCII, as bits.
struct OctetSet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ octets: some Sequence<UInt8>) {
    for octet in octets {
      if octet < 64 { low |= 1 << UInt64(octet) } else { high |= 1 << UInt64(octet & 63) }
    }
  }

  func contains(_ octet: UInt8) -> Bool {
    octet < 128 && (octet < 64 ? low : high) >> UInt64(octet & 63) & 1 == 1
  }
}
