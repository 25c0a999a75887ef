import NIOCore

/// 100 MiB that are made while they are sent and compared while they come, so that nobody holds them.
///
/// The octet at a place is known from the place alone: a pattern that repeats every 1,048,573 octets, a prime number, so
/// that no chunk that is lost, doubled or swapped goes unnoticed.
struct DemoContent {
  /// In octets.
  static let size = 100 << 20
  private static let pattern: ByteBuffer = {
    let period = 1_048_573
    var octets = ByteBuffer()
    octets.reserveCapacity(period + 8)
    var (word, state) = (UInt64(0), UInt64(0x5DEE_CE66))
    while octets.readableBytes < period {
      // Marsaglia's xorshift.
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      word = state
      octets.writeInteger(word)
    }
    return octets.readSlice(length: period) ?? octets
  }()

  /// How many octets were made, or compared.
  private(set) var position = 0

  /// The next octets to send, at most 64 KiB; `nil` after the last.
  mutating func next() -> ByteBuffer? {
    let piece = Self.piece(at: position, atMost: 64 << 10)
    position += piece?.readableBytes ?? 0
    return piece
  }

  /// Compares what came with what must come.
  /// - Returns: whether all of it is right; if not, ``position`` is where the wrong piece begins.
  mutating func accept(_ octets: ByteBuffer) -> Bool {
    var octets = octets
    while octets.readableBytes > 0 {
      guard let piece = Self.piece(at: position, atMost: octets.readableBytes),
        octets.readSlice(length: piece.readableBytes) == piece
      else { return false }
      position += piece.readableBytes
    }
    return true
  }

  private static func piece(at position: Int, atMost limit: Int) -> ByteBuffer? {
    let offset = position % pattern.readableBytes
    let length = min(limit, pattern.readableBytes - offset, size - position)
    return length > 0 ? pattern.getSlice(at: pattern.readerIndex + offset, length: length) : nil
  }
}
