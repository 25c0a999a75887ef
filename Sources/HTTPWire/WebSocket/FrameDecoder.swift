import NIOCore

/// Reads frames (RFC 6455, section 5) out of octets, strictly and without extensions.
///
/// A frame up to a limit comes whole; a larger one in pieces, as its octets arrive: the first has the frame's opcode, the
/// others are continuations. Nothing comes after a close frame.
struct FrameDecoder: Sendable {
  /// The largest payload in octets that a relay holds until it is complete.
  static let relayLimit = 64 << 10
  /// Room is made for so many octets that were announced and did not come yet.
  private static let trustedSize = 1 << 20

  private struct Head {
    var opcode: FrameOpcode
    var isFinal: Bool
    var mask: FrameMask?
    var length: Int
    /// The octets of the head itself.
    var size: Int

    var frameSize: Int { size + length }
  }

  /// A large frame of which some octets are still to come.
  private struct Large {
    var opcode: WebSocketPiece.Opcode
    var isFinal: Bool
    var mask: FrameMask?
    var phase = 0
    var remaining: Int
  }

  private let expectsMask: Bool
  private let maxFrame: Int
  private let wholeLimit: Int
  private var buffer = ByteBuffer()
  /// Whether nobody else has the memory of ``buffer``, but for pieces that were taken out of it.
  private var isOwned = false
  /// The frame at the front that is not complete, if its head is.
  private var awaited: Head?
  /// How many octets of its payload are unmasked already.
  private var unmasked = 0
  private var large: Large?
  /// Whether a message has begun whose last fragment did not come.
  private var isInMessage = false
  private var isClosed = false

  /// - Parameters:
  ///   - isServer: a client must mask, a server must not.
  ///   - maxFrame: the largest payload of one frame in octets; a larger one is refused with 1009, by its head.
  ///   - wholeLimit: the largest payload in octets that is held until it is complete.
  init(isServer: Bool, maxFrame: Int = .max, wholeLimit: Int = relayLimit) {
    self.expectsMask = isServer
    self.maxFrame = maxFrame
    self.wholeLimit = wholeLimit
  }

  /// The octets that are held because their frame is not complete.
  var heldOctets: Int { buffer.readableBytes }

  mutating func append(_ octets: ByteBuffer) {
    guard !isClosed else { return }
    if buffer.readableBytes == 0 {
      buffer = octets
      isOwned = false
    } else {
      gather(octets)
    }
  }

  /// Adds octets to a frame that is not complete, in memory of our own with room for all of it.
  private mutating func gather(_ octets: ByteBuffer) {
    if !isOwned || buffer.writableBytes < octets.readableBytes {
      let missing = awaited.map {
        min($0.frameSize - buffer.readableBytes, max(buffer.readableBytes, Self.trustedSize))
      }
      var own = ByteBufferAllocator().buffer(capacity: buffer.readableBytes + max(missing ?? 0, octets.readableBytes))
      own.writeImmutableBuffer(buffer)
      buffer = own
      isOwned = true
    }
    guard let awaited, let mask = awaited.mask else {
      buffer.writeImmutableBuffer(octets)
      return
    }
    // Unmasked on the way, so that the frame need not be gone through again when it is complete.
    unmask(upTo: min(buffer.readableBytes - awaited.size, awaited.length), mask, behind: awaited.size)
    var following = octets
    guard let own = following.readSlice(length: min(octets.readableBytes, awaited.length - unmasked)) else { return }
    mask.write(own, phase: unmasked, to: &buffer)
    unmasked += own.readableBytes
    buffer.writeImmutableBuffer(following)
  }

  /// Unmasks a payload in its place, from where it is not yet.
  /// - Parameters:
  ///   - head: the octets in front of the payload.
  ///   - phase: how many octets of the frame's payload came before these.
  private mutating func unmask(upTo end: Int, _ mask: FrameMask, behind head: Int, phase: Int = 0) {
    let start = unmasked
    guard end > start else { return }
    buffer.withUnsafeMutableReadableBytes { octets in
      let rest = UnsafeMutableRawBufferPointer(rebasing: octets[(head + start)..<(head + end)])
      mask.apply(UnsafeRawBufferPointer(rest), to: rest, phase: phase + start)
    }
    unmasked = end
  }

  /// The next piece; nil when more octets are needed.
  /// - Throws: what is wrong. Nothing more may be asked then.
  mutating func next() throws(FrameViolation) -> WebSocketPiece? {
    guard !isClosed else { return nil }
    if large != nil { return nextOfLarge() }
    guard let head = try head() else { return nil }
    if !head.opcode.isControl, head.length > wholeLimit {
      buffer.moveReaderIndex(forwardBy: head.size)
      large = Large(
        opcode: Self.dataOpcode(head.opcode), isFinal: head.isFinal, mask: head.mask, remaining: head.length)
      isInMessage = !head.isFinal
      return nextOfLarge()
    }
    guard buffer.readableBytes >= head.frameSize else {
      awaited = head
      return nil
    }
    awaited = nil
    buffer.moveReaderIndex(forwardBy: head.size)
    let payload = take(head.length, mask: head.mask, phase: 0)
    switch head.opcode {
    case .ping: return .ping(payload)
    case .pong: return .pong(payload)
    case .close:
      isClosed = true
      buffer = ByteBuffer()
      return try Self.close(payload)
    case .continuation, .text, .binary:
      isInMessage = !head.isFinal
      return .data(Self.dataOpcode(head.opcode), payload, isFinal: head.isFinal)
    }
  }

  private mutating func nextOfLarge() -> WebSocketPiece? {
    guard var frame = large, buffer.readableBytes > 0 else { return nil }
    let count = min(frame.remaining, buffer.readableBytes)
    let payload = take(count, mask: frame.mask, phase: frame.phase)
    frame.remaining -= count
    frame.phase = (frame.phase + count) & 3
    let opcode = frame.opcode
    frame.opcode = .continuation
    large = frame.remaining == 0 ? nil : frame
    return .data(opcode, payload, isFinal: frame.isFinal && frame.remaining == 0)
  }

  /// The head at the front of the buffer, without taking it out; nil when it is not complete.
  private func head() throws(FrameViolation) -> Head? {
    let start = buffer.readerIndex
    guard let word = buffer.getInteger(at: start, as: UInt16.self) else { return nil }
    let isFinal = word & 0x8000 != 0
    guard word & 0x7000 == 0 else { throw FrameViolation(1002, "a reserved bit is set") }
    guard let opcode = FrameOpcode(rawValue: UInt8(truncatingIfNeeded: word >> 8) & 0x0F) else {
      throw FrameViolation(1002, "an unknown opcode")
    }
    let isMasked = word & 0x80 != 0
    guard isMasked == expectsMask else {
      throw FrameViolation(1002, expectsMask ? "a frame without a mask" : "a frame with a mask")
    }
    try checkOrder(opcode, isFinal: isFinal, shortLength: word & 0x7F)
    guard let (length, lengthSize) = try length(word & 0x7F, at: start + 2) else { return nil }
    guard length <= maxFrame else { throw FrameViolation.tooLarge(limit: maxFrame) }
    var head = Head(opcode: opcode, isFinal: isFinal, mask: nil, length: length, size: 2 + lengthSize)
    guard isMasked else { return head }
    guard let key = buffer.getInteger(at: start + head.size, endianness: .host, as: UInt32.self) else { return nil }
    head.mask = FrameMask(memory: key)
    head.size += 4
    return head
  }

  private func checkOrder(_ opcode: FrameOpcode, isFinal: Bool, shortLength: UInt16) throws(FrameViolation) {
    if opcode.isControl {
      guard isFinal else { throw FrameViolation(1002, "a control frame in fragments") }
      guard shortLength <= 125 else { throw FrameViolation(1002, "a control frame over 125 octets") }
    } else if opcode == .continuation {
      guard isInMessage else { throw FrameViolation(1002, "a continuation of nothing") }
    } else if isInMessage {
      throw FrameViolation(1002, "a new message inside another")
    }
  }

  /// The payload's length, which must be written in the shortest way, and how many more octets it takes.
  private func length(_ short: UInt16, at index: Int) throws(FrameViolation) -> (Int, Int)? {
    switch short {
    case 126:
      guard let length = buffer.getInteger(at: index, as: UInt16.self) else { return nil }
      guard length >= 126 else { throw FrameViolation(1002, "a length that is not minimal") }
      return (Int(length), 2)
    case 127:
      guard let length = buffer.getInteger(at: index, as: UInt64.self) else { return nil }
      guard length > UInt64(UInt16.max) else { throw FrameViolation(1002, "a length that is not minimal") }
      guard length <= UInt64(Int64.max) else { throw FrameViolation(1002, "a length over 63 bits") }
      guard let length = Int(exactly: length) else { throw FrameViolation.tooLarge(limit: maxFrame) }
      return (length, 8)
    default:
      return (Int(short), 0)
    }
  }

  /// Takes octets that are there. Without a mask they share the memory that they came in. What is masked goes to memory
  /// of its own if that is shared with the socket's allocator, and else is changed where it is.
  private mutating func take(_ count: Int, mask: FrameMask?, phase: Int) -> ByteBuffer {
    guard count > 0 else { return ByteBuffer() }
    let wasOwned = isOwned
    if wasOwned, let mask { unmask(upTo: count, mask, behind: 0, phase: phase) }
    unmasked = 0
    isOwned = false
    guard let slice = buffer.readSlice(length: count) else { return ByteBuffer() }
    if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    guard let mask, !wasOwned else { return slice }
    var payload = ByteBufferAllocator().buffer(capacity: count)
    mask.write(slice, phase: phase, to: &payload)
    return payload
  }

  private static func dataOpcode(_ opcode: FrameOpcode) -> WebSocketPiece.Opcode {
    switch opcode {
    case .text: .text
    case .binary: .binary
    default: .continuation
    }
  }

  private static func close(_ payload: ByteBuffer) throws(FrameViolation) -> WebSocketPiece {
    var payload = payload
    guard payload.readableBytes > 0 else { return .close(code: 1005, reason: "") }
    guard let code = payload.readInteger(as: UInt16.self), WebSocket.Close.isAllowedOnTheWire(code) else {
      throw FrameViolation(1002, "a close code that must not be sent")
    }
    guard let reason = String(validating: payload.readableBytesView, as: UTF8.self) else {
      throw FrameViolation(1007, "a reason that is not UTF-8")
    }
    return .close(code: code, reason: reason)
  }
}
