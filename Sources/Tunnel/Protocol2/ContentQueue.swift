import DequeModule
import NIOCore

/// The octets of a body that wait to be sent on one stream, in the parts that they came in.
struct ContentQueue {
  /// Neighbours up to this size together are copied into one, so that many small parts do not become many frames.
  private static let joinedSize = 16 * 1024

  private var parts = Deque<ByteBuffer>()
  private(set) var readableBytes = 0

  var isEmpty: Bool { readableBytes == 0 }

  /// What all of it costs of the credit at most, wherever frames are cut.
  var cost: Int { readableBytes + (parts.count + readableBytes / Outbound.shortestCut) * Frame.headerSize }

  /// The octets of the first part.
  var firstReadableBytes: Int { parts.first?.readableBytes ?? 0 }

  mutating func append(_ octets: ByteBuffer) {
    readableBytes += octets.readableBytes
    guard var last = parts.last, last.readableBytes + octets.readableBytes <= Self.joinedSize else {
      return parts.append(octets)
    }
    // Out of the queue, so that it is not copied as a whole.
    parts.removeLast()
    last.writeImmutableBuffer(octets)
    parts.append(last)
  }

  /// Takes up to so many octets of the first part.
  mutating func takeFirst(upTo count: Int) -> ByteBuffer? {
    guard !parts.isEmpty else { return nil }
    var first = parts.removeFirst()
    guard let taken = first.readSlice(length: min(count, first.readableBytes)) else { return nil }
    readableBytes -= taken.readableBytes
    if first.readableBytes > 0 { parts.prepend(first) }
    return taken
  }

  mutating func removeAll() {
    parts.removeAll()
    readableBytes = 0
  }
}
