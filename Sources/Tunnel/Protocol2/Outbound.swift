import NIOCore

/// What waits to be sent on one stream: heads and credit, which go first; at most one chunk; and the end.
struct Outbound {
  enum Chunk {
    case none
    case data(ByteBuffer)
    case message(opcode: UInt8, ByteBuffer, isFinal: Bool)
  }

  enum Tail {
    /// END on the last DATA, or an empty one.
    case end
    /// The payload of TRAILERS.
    case trailers(ByteBuffer)
    /// The payload of CLOSE.
    case close(ByteBuffer)
  }

  /// Whole frames of heads.
  var heads = ByteBuffer()
  /// Credit for the peer that was not told yet.
  var creditToGive: UInt32 = 0
  var chunk = Chunk.none
  var tail: Tail?
  var credit: SendCredit
  /// A sender waits until heads and chunk are taken.
  var isAwaited = false
  var isUrgent = false
  var isReady = false

  init(credit: Int) { self.credit = SendCredit(credit) }

  var hasChunk: Bool { if case .none = chunk { false } else { true } }

  /// Whether something could go now but for heads and credit.
  var canSend: Bool {
    switch chunk {
    case .none: tail != nil
    case .data: credit.longestPayload >= 1
    case .message(let opcode, let octets, _): credit.longestPayload >= Self.smallestMessage(opcode, octets)
    }
  }

  /// Whether the chunk goes out whole, whatever the peer does.
  var isCovered: Bool {
    switch chunk {
    case .none: true
    case .data(let octets): octets.readableBytes + Frame.headerSize <= credit.available
    case .message(_, let octets, _): octets.readableBytes + 1 + Frame.headerSize <= credit.available
    }
  }

  /// The octet of the opcode, and one more if there are any. Control messages go whole.
  private static func smallestMessage(_ opcode: UInt8, _ octets: ByteBuffer) -> Int {
    1 + (opcode >= 8 ? octets.readableBytes : min(1, octets.readableBytes))
  }

  /// What the next frame would like to have of a message's room.
  func wantedRoom(maxFrame: Int) -> Int {
    let payload =
      switch chunk {
      case .none:
        switch tail {
        case nil, .end: 0
        case .trailers(let octets), .close(let octets): octets.readableBytes
        }
      case .data(let octets): min(octets.readableBytes, maxFrame, credit.longestPayload)
      case .message(_, let octets, _): min(octets.readableBytes + 1, maxFrame, credit.longestPayload)
      }
    return Frame.headerSize + payload
  }

  /// Writes one frame.
  /// - Parameter room: at least a header and one octet more than the smallest frame.
  /// - Returns: whether it was the last of this direction.
  mutating func writeFrame(stream: UInt32, into message: inout ByteBuffer, maxFrame: Int, room: Int) -> Bool {
    let room = min(maxFrame, room - Frame.headerSize)
    switch chunk {
    case .none: return writeTail(stream: stream, into: &message)
    case .data(var octets):
      chunk = .none
      let size = min(octets.readableBytes, room, credit.longestPayload)
      guard size > 0, let part = octets.readSlice(length: size) else { return false }
      credit.use(payload: size)
      var ends = false
      if octets.readableBytes > 0 { chunk = .data(octets) } else if case .end = tail { ends = true }
      message.writeFrameHeader(.data, ends ? .end : [], stream: stream, length: size)
      message.writeImmutableBuffer(part)
      return ends
    case .message(let opcode, var octets, let isFinal):
      chunk = .none
      let size = min(octets.readableBytes + 1, room, credit.longestPayload)
      guard size > 0, let part = octets.readSlice(length: size - 1) else { return false }
      credit.use(payload: size)
      let isWhole = octets.readableBytes == 0
      if !isWhole { chunk = .message(opcode: 0, octets, isFinal: isFinal) }
      message.writeFrameHeader(.message, isWhole && isFinal ? [] : .more, stream: stream, length: size)
      message.writeInteger(opcode)
      message.writeImmutableBuffer(part)
      return false
    }
  }

  private func writeTail(stream: UInt32, into message: inout ByteBuffer) -> Bool {
    switch tail {
    case nil: return false
    case .end: message.writeFrameHeader(.data, .end, stream: stream, length: 0)
    case .trailers(let octets): message.writeFrame(Frame(.trailers, stream: stream, payload: octets))
    case .close(let octets): message.writeFrame(Frame(.close, stream: stream, payload: octets))
    }
    return true
  }

  /// Nothing of it leaves any more.
  mutating func discard() {
    heads = ByteBuffer()
    creditToGive = 0
    chunk = .none
    tail = nil
  }
}
