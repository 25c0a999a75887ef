/// Lines of the log, as octets of UTF-8. To append to a `String` costs several times as much, and there is a line for each
/// exchange.
package struct LogText: Sendable, CustomStringConvertible {
  private var octets: [UInt8] = []

  package init() {}

  var count: Int { octets.count }
  var isEmpty: Bool { octets.isEmpty }
  package var description: String { String(decoding: octets, as: UTF8.self) }

  package static func += (text: inout LogText, part: String) {
    var part = part
    part.withUTF8 { text.octets.append(contentsOf: $0) }
  }

  /// Appends one octet, of ASCII.
  mutating func append(_ octet: Unicode.Scalar) { octets.append(UInt8(ascii: octet)) }

  /// Appends a part that has no octet but these, and at most so many.
  /// - Returns: whether it has; if not, nothing is appended.
  mutating func append(_ part: String, ofAtMost longest: Int, in allowed: OctetSet) -> Bool {
    guard part.utf8.count <= longest else { return false }
    var part = part
    return part.withUTF8 { utf8 in
      guard utf8.allSatisfy({ allowed.contains($0) }) else { return false }
      octets.append(contentsOf: utf8)
      return true
    }
  }

  /// Appends a number in digits.
  mutating func append(_ number: Int) {
    if number < 0 { octets.append(UInt8(ascii: "-")) }
    let magnitude = number.magnitude
    var place: UInt = 1
    while magnitude / place >= 10 { place *= 10 }
    while place > 0 {
      octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / place % 10))
      place /= 10
    }
  }

  /// Removes all behind the first so many octets.
  mutating func cut(to count: Int) { octets.removeSubrange(count...) }

  /// Removes all, and keeps the memory for what comes.
  mutating func empty() { octets.removeAll(keepingCapacity: true) }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try octets.withUnsafeBytes(body)
  }
}
