import DequeModule
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

  // It takes no memory while it is empty, as that of most streams is most of the time.
  private var items = Deque<Item>()
  /// Octets of interim heads, which need no credit.
  private var interimOctets = 0
  /// The last item is a buffer of our own that can grow.
  private var canJoin = false
  /// What is told after the last item, if the end did not come.
  var fault: StreamFault?
  private(set) var hasEnded = false

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
    guard Self.isSmall(data, storage: storage) else { return add(.data(data), cost: cost) }
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

  /// Adds a part of a WebSocket message. Small ones are joined with the part before, as those of a body are.
  mutating func add(
    fragment: ByteBuffer, _ opcode: WebSocketFrame.Opcode, isFinal: Bool, cost: Int, storage: Int
  ) {
    guard Self.isSmall(fragment, storage: storage) else {
      return add(.frame(.data(opcode, fragment, isFinal: isFinal)), cost: cost)
    }
    if canJoin, opcode == .continuation, let last = items.indices.last,
      case .frame(.data(let first, var joined, isFinal: false)) = items[last].event,
      joined.readableBytes + fragment.readableBytes <= Self.joinedSize
    {
      items[last].event = .end(trailers: nil)
      joined.writeImmutableBuffer(fragment)
      items[last] = Item(event: .frame(.data(first, joined, isFinal: isFinal)), cost: items[last].cost + cost)
      return
    }
    add(.frame(.data(opcode, Self.copy(fragment), isFinal: isFinal)), cost: cost)
    canJoin = true
  }

  /// The octets without the rest of a large message, which they would keep in memory.
  static func compact(_ data: ByteBuffer, storage: Int) -> ByteBuffer {
    isSmall(data, storage: storage) ? copy(data) : data
  }

  private static func isSmall(_ data: ByteBuffer, storage: Int) -> Bool { data.readableBytes * 4 < storage }

  private static func copy(_ data: ByteBuffer) -> ByteBuffer {
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
    items = Deque()
    canJoin = false
  }
}
