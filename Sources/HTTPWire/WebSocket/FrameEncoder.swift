import NIOCore

/// Writes frames (RFC 6455, section 5.2), many into one buffer. A client's are masked.
struct FrameEncoder: Sendable {
  /// From this size on, in octets, a server's payload is not copied.
  static let copyLimit = 8 << 10

  private let isServer: Bool
  private var random: any RandomNumberGenerator & Sendable
  /// Half of the last random number: each one serves two frames.
  private var spare: UInt32?

  /// - Parameter random: what a client draws its masking keys from; nobody may be able to guess them (section 10.3).
  init(isServer: Bool, random: any RandomNumberGenerator & Sendable = BatchedEntropy()) {
    self.isServer = isServer
    self.random = random
  }

  /// Appends a frame whose payload is `head`, `body` and then `rest`.
  /// - Returns: what must be written after `out`, because it was not copied.
  mutating func encode(
    _ opcode: FrameOpcode, isFinal: Bool = true, head: ByteBuffer = ByteBuffer(), _ body: ByteBuffer,
    rest: [ByteBuffer] = [], into out: inout ByteBuffer
  ) -> [ByteBuffer] {
    let length = rest.reduce(head.readableBytes + body.readableBytes) { $0 + $1.readableBytes }
    let isCopied = !isServer || body.readableBytes < Self.copyLimit
    let uncopied = !isServer ? [] : isCopied ? rest : [body] + rest
    out.reserveCapacity(minimumWritableBytes: 14 + length - uncopied.reduce(0) { $0 + $1.readableBytes })
    out.writeInteger(opcode.rawValue | (isFinal ? 0x80 : 0))
    let maskBit: UInt8 = isServer ? 0 : 0x80
    if length < 126 {
      out.writeInteger(UInt8(truncatingIfNeeded: length) | maskBit)
    } else if length <= Int(UInt16.max) {
      out.writeInteger(126 | maskBit)
      out.writeInteger(UInt16(truncatingIfNeeded: length))
    } else {
      out.writeInteger(127 | maskBit)
      out.writeInteger(UInt64(length))
    }
    guard !isServer else {
      out.writeImmutableBuffer(head)
      if isCopied { out.writeImmutableBuffer(body) }
      return uncopied
    }
    let mask = nextMask()
    out.writeInteger(mask.memory, endianness: .host)
    mask.write(head, phase: 0, to: &out)
    var phase = head.readableBytes
    mask.write(body, phase: phase, to: &out)
    phase += body.readableBytes
    for part in rest {
      mask.write(part, phase: phase, to: &out)
      phase += part.readableBytes
    }
    return uncopied
  }

  /// The payload of a close frame: nothing for 1005, else the code, and the reason cut to 123 octets at a character.
  static func payload(of close: WebSocket.Close) -> ByteBuffer {
    var buffer = ByteBuffer()
    guard close.code != 1005 else { return buffer }
    buffer.writeInteger(close.code)
    var reason = close.reason
    while reason.utf8.count > 123 { reason.removeLast() }
    buffer.writeString(reason)
    return buffer
  }

  private mutating func nextMask() -> FrameMask {
    if let half = spare.take() { return FrameMask(memory: half) }
    let number = random.next()
    spare = UInt32(truncatingIfNeeded: number >> 32)
    return FrameMask(memory: UInt32(truncatingIfNeeded: number))
  }
}
