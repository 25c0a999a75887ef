import HTTPTypes
import NIOCore
import TelephoneKit

/// What came on one stream and was not read yet. Its octets are bounded by the credit that was given.
struct Inbound {
  private struct Item {
    var event: StreamEvent
    /// The credit that it takes until it is read.
    var cost: Int
  }

  /// Small parts are copied together up to this size, so that what a part keeps in memory is not a whole message.
  private static let joinedSize = 16 * 1024

  private var items = CircularBuffer<Item>(initialCapacity: 0)
  /// Octets of interim heads, which need no credit.
  private var interimOctets = 0
  /// The last item is a buffer of our own that can grow.
  private var canJoin = false
  /// What is told after the last item, if the end did not come.
  var fault: StreamFault?
  private(set) var hasEnded = false

  var isEmpty: Bool { items.isEmpty }

  /// Whether a read would not wait.
  var isReadable: Bool { !items.isEmpty || hasEnded || fault != nil }

  /// - Returns: whether the heads that wait are no more than `limit` octets.
  mutating func add(interim head: ResponseHeadFrame, octets: Int, limit: Int) -> Bool {
    interimOctets += octets
    guard interimOctets <= limit else { return false }
    add(.interim(status: head.status, head.fields), cost: 0)
    return true
  }

  mutating func add(_ event: StreamEvent, cost: Int = 0) {
    canJoin = false
    if event.isLast { hasEnded = true }
    items.append(Item(event: event, cost: cost))
  }

  /// - Parameter storage: the octets of memory that the buffer keeps alive.
  mutating func add(data: ByteBuffer, cost: Int, storage: Int) {
    guard data.readableBytes * 4 < storage else { return add(.data(data), cost: cost) }
    if canJoin, let last = items.indices.last, case .data(var joined) = items[last].event,
      joined.readableBytes + data.readableBytes <= Self.joinedSize
    {
      items[last].event = .end(trailers: nil)
      joined.writeImmutableBuffer(data)
      items[last] = Item(event: .data(joined), cost: items[last].cost + cost)
      return
    }
    add(.data(Self.copy(data)), cost: cost)
    canJoin = true
  }

  static func copy(_ data: ByteBuffer) -> ByteBuffer {
    ByteBuffer(bytes: data.readableBytesView)
  }

  mutating func next() -> (event: StreamEvent, cost: Int)? {
    guard let item = items.popFirst() else { return nil }
    if items.isEmpty {
      canJoin = false
      interimOctets = 0
    }
    return (item.event, item.cost)
  }

  /// Nobody reads it any more. An end that was not read is forgotten with it.
  mutating func discard() {
    if !items.isEmpty { hasEnded = false }
    items = CircularBuffer(initialCapacity: 0)
    canJoin = false
  }
}
