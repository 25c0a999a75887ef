import NIOCore

/// Moves the borders between the parts of a body so that none lies inside a UTF-8 sequence.
enum UTF8Parts {
  /// The same octets in as many parts or fewer; what a part begins and does not end goes with the next.
  static func realigned(_ parts: [ByteBuffer]) -> [ByteBuffer] {
    guard parts.count > 1 else { return parts }
    var aligned: [ByteBuffer] = []
    var carried = ByteBuffer()
    for (index, part) in parts.enumerated() {
      var whole = part
      if carried.readableBytes > 0 {
        whole = carried
        whole.writeImmutableBuffer(part)
      }
      let open = index == parts.count - 1 ? 0 : unfinished(whole)
      if let ready = whole.readSlice(length: whole.readableBytes - open), ready.readableBytes > 0 {
        aligned.append(ready)
      }
      carried = whole
    }
    return aligned
  }

  /// How many octets at the end belong to a UTF-8 sequence that is not complete yet: 0 to 3.
  static func unfinished(_ bytes: ByteBuffer) -> Int {
    let view = bytes.readableBytesView
    for (back, octet) in view.suffix(4).reversed().enumerated() where octet & 0b1100_0000 != 0b1000_0000 {
      let length = octet >= 0xF0 ? 4 : octet >= 0xE0 ? 3 : octet >= 0xC0 ? 2 : 1
      return length > back + 1 ? back + 1 : 0
    }
    return 0
  }
}
