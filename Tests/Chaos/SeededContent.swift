import NIOCore

/// The octets of one exchange's body: known from its id and the place alone, so that what is lost, doubled, swapped or
/// comes from another exchange is seen.
struct SeededContent {
  private static let pattern: ByteBuffer = {
    // A prime number, so that no piece of a usual size lines up with it.
    let period = 1_048_573
    var generator = SeededGenerator(seed: 42)
    var octets = ByteBuffer()
    octets.reserveCapacity(period + 8)
    while octets.readableBytes < period { octets.writeInteger(generator.next()) }
    return octets.readSlice(length: period) ?? octets
  }()

  private let start: Int
  let size: Int
  /// How many octets were made, or compared.
  private(set) var position = 0

  init(id: Int, size: Int) {
    start = id &* 7919 % 1_048_573
    self.size = size
  }

  /// The next octets to send; `nil` after the last.
  mutating func next(atMost limit: Int = 16 << 10) -> ByteBuffer? {
    let offset = (start + position) % Self.pattern.readableBytes
    let length = min(limit, Self.pattern.readableBytes - offset, size - position)
    guard length > 0 else { return nil }
    position += length
    return Self.pattern.getSlice(at: Self.pattern.readerIndex + offset, length: length)
  }

  /// Compares what came with what must come.
  /// - Returns: whether all of it is right; if not, ``position`` is somewhere behind the first wrong octet.
  mutating func accept(_ octets: ByteBuffer) -> Bool {
    var octets = octets
    while octets.readableBytes > 0 {
      guard let piece = next(atMost: octets.readableBytes), octets.readSlice(length: piece.readableBytes) == piece
      else { return false }
    }
    return true
  }

  /// All of it at once.
  static func whole(id: Int, size: Int) -> ByteBuffer {
    var content = SeededContent(id: id, size: size)
    var octets = ByteBuffer()
    while var piece = content.next(atMost: size) { octets.writeBuffer(&piece) }
    return octets
  }
}
