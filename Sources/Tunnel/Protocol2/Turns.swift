import NIOCore

/// Who writes next: RESET and DRAIN first, then heads and credit in the order they came, then bodies in turns.
struct Turns {
  /// Whole frames for streams that are gone, and for none.
  var orphans = ByteBuffer()
  /// Streams that have heads to send, or credit to give.
  private var urgent = CircularBuffer<UInt32>(initialCapacity: 0)
  /// Streams that have octets and credit for them, or an end.
  private var ready = CircularBuffer<UInt32>(initialCapacity: 0)

  var isEmpty: Bool { orphans.readableBytes == 0 && urgent.isEmpty && ready.isEmpty }

  /// The places in both lines.
  var count: Int { urgent.count + ready.count }

  /// Drops the places of streams that are over.
  mutating func forget(_ isOver: (UInt32) -> Bool) {
    urgent.removeAll(where: isOver)
    ready.removeAll(where: isOver)
  }

  /// Puts a stream where it belongs, if it has something to say and is not there already.
  mutating func enter(_ id: UInt32, _ outbound: inout Outbound) {
    if !outbound.isUrgent, outbound.heads.readableBytes > 0 || outbound.creditToGive > 0 {
      outbound.isUrgent = true
      urgent.append(id)
    }
    if !outbound.isReady, outbound.canSend {
      outbound.isReady = true
      ready.append(id)
    }
  }

  mutating func nextUrgent() -> UInt32? { urgent.popFirst() }
  mutating func nextReady() -> UInt32? { ready.popFirst() }

  /// It keeps its turn.
  mutating func returnUrgent(_ id: UInt32) { urgent.prepend(id) }
  mutating func returnReady(_ id: UInt32) { ready.prepend(id) }
  /// Its next turn is after all others.
  mutating func requeue(_ id: UInt32) { ready.append(id) }
}
