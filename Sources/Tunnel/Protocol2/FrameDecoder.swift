package import NIOCore

/// Takes the data of one message apart. What breaks the framing is found here, except for what only the stream table can
/// know.
package struct FrameDecoder {
  private var rest: ByteBuffer
  private let maxFrame: Int

  /// - Parameter terms: what the side that reads has declared.
  /// - Throws: if the message is longer than its `max_message`, or empty.
  package init(_ message: ByteBuffer, terms: LineTerms) throws(LineFault) {
    guard message.readableBytes <= terms.maxMessage else {
      throw LineFault(.messageTooLong, "A message of \(message.readableBytes) octets is above max_message.")
    }
    guard message.readableBytes > 0 else { throw LineFault(.truncated, "A message without a frame came.") }
    rest = message
    maxFrame = terms.maxFrame
  }

  /// The next frame, `nil` at the end of the message. Its payload shares the message's storage.
  package mutating func next() throws(LineFault) -> Frame? {
    guard rest.readableBytes > 0 else { return nil }
    guard rest.readableBytes >= Frame.headerSize, let first = rest.readInteger(as: UInt64.self),
      let last = rest.readInteger(as: UInt16.self)
    else { throw LineFault(.truncated, "A message ends inside a frame's header.") }
    let kind = UInt8(truncatingIfNeeded: first >> 56)
    let flags = UInt8(truncatingIfNeeded: first >> 48)
    let stream = UInt32(truncatingIfNeeded: first >> 16)
    let length = UInt32(truncatingIfNeeded: first & 0xFFFF) << 16 | UInt32(last)
    guard kind <= FrameKind.lastReserved else { throw LineFault(.unknownKind, "A frame has the kind \(kind).") }
    let known = FrameKind(rawValue: kind)
    guard (known == .drain) == (stream == 0) else {
      throw stream == 0
        ? LineFault(.streamZero, "A frame of kind \(kind) is on stream 0.")
        : LineFault(.drainOnStream, "A DRAIN is on stream \(stream).")
    }
    guard Int(length) <= maxFrame else {
      throw LineFault(.frameTooLong, "A frame of \(length) octets is above max_frame.")
    }
    guard let payload = rest.readSlice(length: Int(length)) else {
      throw LineFault(.truncated, "A message ends inside a frame's payload.")
    }
    return Frame(known, flags: FrameFlags(rawValue: flags), stream: stream, payload: payload)
  }
}
