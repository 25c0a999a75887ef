#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An IP address, or a range of them in CIDR notation (RFC 4632, 3.1; RFC 4291, 2.3).
package struct AddressRange: Sendable, Hashable {
  package let text: String
  private let octets: [UInt8]
  private let bits: Int

  /// `nil` if it is neither an address nor a range.
  package init?(_ text: String) {
    self.text = text
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let octets = Self.octets(of: first) else { return nil }
    self.octets = octets
    guard parts.count == 2 else {
      self.bits = octets.count * 8
      return
    }
    guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let bits = Int(parts[1])
    else { return nil }
    // A mapped range such as ::ffff:10.0.0.0/104 counts the 96 bits before it.
    let mapped = octets.count == 4 && first.contains(":") ? bits - 96 : bits
    guard (0...octets.count * 8).contains(mapped) else { return nil }
    self.bits = mapped
  }

  /// Whether octets after the prefix are set, as in 10.0.0.1/8: surely a slip.
  package var hasHostBits: Bool {
    octets.indices.contains { octets[$0] & ~mask(ofOctet: $0) != 0 }
  }

  package func contains(_ address: some StringProtocol) -> Bool {
    Self.octets(of: address).map(holds) ?? false
  }

  /// Whether all of another range is in this one.
  package func covers(_ other: AddressRange) -> Bool { bits <= other.bits && holds(other.octets) }

  private func holds(_ address: [UInt8]) -> Bool {
    octets.count == address.count
      && octets.indices.allSatisfy { (octets[$0] ^ address[$0]) & mask(ofOctet: $0) == 0 }
  }

  /// Whether some address is in both: of two ranges that share one, one holds the other.
  package func overlaps(_ other: AddressRange) -> Bool { covers(other) || other.covers(self) }

  private func mask(ofOctet index: Int) -> UInt8 {
    let ones = min(max(bits - index * 8, 0), 8)
    return ones == 0 ? 0 : 0xFF << UInt8(8 - ones)
  }

  /// The 4 or 16 octets of an address; an IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2) has 4. A zone is left out.
  private static func octets(of address: some StringProtocol) -> [UInt8]? {
    let text = String(address.prefix { $0 != "%" })
    guard (1...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
    let octets = withUnsafeBytes(of: &v6) { Array($0) }
    let mapped = octets.prefix(10).allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
    return mapped ? Array(octets[12...]) : octets
  }
}
