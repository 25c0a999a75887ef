import NIOCore

/// What waits to be sent on one stream: heads and credit, which go first; a body's octets or a WebSocket's message; and the
/// end.
struct Outbound {
  struct Message {
    var opcode: UInt8
    var octets: ByteBuffer
    var isFinal: Bool

    /// The octet of the opcode, and one more if there are any. Control messages go whole.
    var smallestPayload: Int { 1 + (opcode >= 8 ? octets.readableBytes : min(1, octets.readableBytes)) }
  }

  enum Tail {
    /// END on the last DATA, or an empty one.
    case end
    /// The payload of TRAILERS.
    case trailers(ByteBuffer)
    /// The payload of CLOSE.
    case close(ByteBuffer)
  }

  /// A body's frame smaller than this is not begun at the end of a message.
  static let smallestPart = 4096
  /// What a frame of a divisible payload carries at least, but for the last one and for want of credit. The octet of an
  /// opcode does not count.
  static let shortestCut = smallestPart - Frame.headerSize - 1

  /// Whole frames of heads.
  var heads = ByteBuffer()
  /// Credit for the peer that was not told yet.
  var creditToGive: UInt32 = 0
  var content = ContentQueue()
  var message: Message?
  var tail: Tail?
  var credit: SendCredit
  /// A sender waits until heads, content and message are taken.
  var isAwaited = false
  var isUrgent = false
  var isReady = false

  init(credit: Int) { self.credit = SendCredit(credit) }

  /// Whether there is something that needs credit.
  var hasPayload: Bool { !content.isEmpty || message != nil }

  /// Whether something could go now but for heads and credit.
  var canSend: Bool {
    if !content.isEmpty { return credit.longestPayload >= 1 }
    if let message { return credit.longestPayload >= message.smallestPayload }
    return tail != nil
  }

  /// Whether all that waits goes out, whatever the peer does.
  @inline(__always) var isCovered: Bool { cost <= credit.available }

  /// The octets that wait and need credit.
  @inline(__always) var waiting: Int { content.readableBytes + (message?.octets.readableBytes ?? 0) }

  @inline(__always) private var cost: Int {
    guard let message else { return content.cost }
    let octets = message.octets.readableBytes
    return content.cost + octets + (1 + octets / Self.shortestCut) * (Frame.headerSize + 1)
  }

  /// Whether the next frame may carry a part of what waits.
  var isDivisible: Bool { !content.isEmpty || message.map { $0.opcode < 8 } == true }

  /// What the next frame would like to have of a message's room.
  func wantedRoom(maxFrame: Int) -> Int {
    let payload: Int
    if !content.isEmpty {
      payload = min(content.firstReadableBytes, maxFrame, credit.longestPayload)
    } else if let message {
      payload = min(message.octets.readableBytes + 1, maxFrame, credit.longestPayload)
    } else {
      switch tail {
      case nil, .end: payload = 0
      case .trailers(let octets), .close(let octets): payload = octets.readableBytes
      }
    }
    return Frame.headerSize + payload
  }

  /// Writes one frame.
  /// - Parameter room: at least a header and one octet more than the smallest frame.
  /// - Returns: whether it was the last of this direction.
  mutating func writeFrame(stream: UInt32, into buffer: inout FrameMessage, maxFrame: Int, room: Int) -> Bool {
    let longest = min(maxFrame, room - Frame.headerSize, credit.longestPayload)
    if !content.isEmpty { return writeContent(stream: stream, into: &buffer, upTo: longest) }
    if message != nil {
      writeMessage(stream: stream, into: &buffer, upTo: longest)
      return false
    }
    return writeTail(stream: stream, into: &buffer)
  }

  private mutating func writeContent(stream: UInt32, into buffer: inout FrameMessage, upTo longest: Int) -> Bool {
    guard longest > 0, let part = content.takeFirst(upTo: longest) else { return false }
    credit.use(payload: part.readableBytes)
    let ends = if content.isEmpty, case .end = tail { true } else { false }
    buffer.end.writeFrameHeader(.data, ends ? .end : [], stream: stream, length: part.readableBytes)
    buffer.writePayload(part)
    return ends
  }

  private mutating func writeMessage(stream: UInt32, into buffer: inout FrameMessage, upTo longest: Int) {
    guard longest > 0, var message = message.take() else { return }
    let size = min(message.octets.readableBytes + 1, longest)
    guard let part = message.octets.readSlice(length: size - 1) else { return }
    credit.use(payload: size)
    let isWhole = message.octets.readableBytes == 0
    buffer.end.writeFrameHeader(.message, isWhole && message.isFinal ? [] : .more, stream: stream, length: size)
    buffer.end.writeInteger(message.opcode)
    buffer.writePayload(part)
    guard !isWhole else { return }
    message.opcode = 0
    self.message = message
  }

  private func writeTail(stream: UInt32, into message: inout FrameMessage) -> Bool {
    switch tail {
    case nil: return false
    case .end: message.end.writeFrameHeader(.data, .end, stream: stream, length: 0)
    case .trailers(let octets): message.end.writeFrame(Frame(.trailers, stream: stream, payload: octets))
    case .close(let octets): message.end.writeFrame(Frame(.close, stream: stream, payload: octets))
    }
    return true
  }

  /// Adds a whole frame of a head.
  mutating func add(head frame: ByteBuffer) {
    if heads.readableBytes == 0 { heads = frame } else { heads.writeImmutableBuffer(frame) }
  }

  /// Nothing of it leaves any more.
  mutating func discard() {
    heads = ByteBuffer()
    creditToGive = 0
    content.removeAll()
    message = nil
    tail = nil
  }
}
