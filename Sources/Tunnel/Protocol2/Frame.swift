package import NIOCore

/// One frame of protocol 2: `kind u8 | flags u8 | stream u32 | length u32 | payload`, big endian.
package struct Frame: Sendable, Equatable {
  /// The octets before the payload.
  package static let headerSize = 10

  package var kind: FrameKind
  package var flags: FrameFlags
  /// 0 for DRAIN alone.
  package var stream: UInt32
  package var payload: ByteBuffer

  package init(_ kind: FrameKind, flags: FrameFlags = [], stream: UInt32, payload: ByteBuffer = ByteBuffer()) {
    self.kind = kind
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }
}

extension ByteBuffer {
  package mutating func writeFrame(_ frame: Frame) {
    writeFrameHeader(frame.kind, frame.flags, stream: frame.stream, length: frame.payload.readableBytes)
    writeImmutableBuffer(frame.payload)
  }

  mutating func writeFrameHeader(_ kind: FrameKind, _ flags: FrameFlags = [], stream: UInt32, length: Int) {
    let length = UInt32(clamping: length)
    let first = UInt64(kind.rawValue) << 56 | UInt64(flags.rawValue) << 48 | UInt64(stream) << 16
    writeInteger(first | UInt64(length >> 16))
    writeInteger(UInt16(truncatingIfNeeded: length))
  }

  /// Writes a frame whose payload a closure writes, then its length into the header.
  /// - Returns: the payload's length.
  @discardableResult
  mutating func writeFrame(
    _ kind: FrameKind, _ flags: FrameFlags = [], stream: UInt32, payload: (inout ByteBuffer) -> Void
  ) -> Int {
    let start = writerIndex
    writeFrameHeader(kind, flags, stream: stream, length: 0)
    payload(&self)
    let length = writerIndex - start - Frame.headerSize
    setInteger(UInt32(clamping: length), at: start + 6)
    return length
  }

  /// Moves whole frames to the end of another buffer, as many as fit into `room` octets.
  /// - Precondition: it holds whole frames only, of our own making.
  /// - Returns: whether all of them were moved.
  mutating func moveFrames(to other: inout ByteBuffer, room: Int) -> Bool {
    if readableBytes <= room {
      other.writeBuffer(&self)
      self = ByteBuffer()
      return true
    }
    var fits = 0
    while let length = getInteger(at: readerIndex + fits + 6, as: UInt32.self) {
      let size = Frame.headerSize + Int(length)
      guard fits + size <= room else { break }
      fits += size
    }
    if var frames = readSlice(length: fits) { other.writeBuffer(&frames) }
    return false
  }
}
