/// The octets of a JSON string that stand for themselves (RFC 8259, section 7).
enum JSONPlainText {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Where a run of them ends: the first quote, backslash or control at `start` or behind it, or the end. Looks at
  /// eight octets at a time.
  /// - Parameter start: 0 to the count of `octets`.
  static func end(in octets: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let count = octets.count
    var index = start
    let raw = UnsafeRawBufferPointer(octets)
    while index &+ 8 <= count {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let backslashes = word ^ (ones &* 0x5C)
      // The top bit of each octet that is zero in the first two, or below 0x20 in the third. A borrow can set a bit too
      // many, but only beside one that is right.
      let found =
        ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | ((word &- (ones &* 0x20)) & ~word)
      if found & tops != 0 { break }
      index &+= 8
    }
    while index < count {
      let octet = octets[index]
      if octet == 0x22 || octet == 0x5C || octet < 0x20 { return index }
      index &+= 1
    }
    return count
  }
}
