import NIOCore

/// Turns the pieces of messages into messages: sizes and UTF-8 as RFC 6455 wants them (sections 5.4, 5.6, 8.1). The
/// order of the pieces was checked by the ``FrameDecoder``.
struct MessageAssembler: Sendable {
  private let maxMessage: Int
  private var isText = false
  private var whole = ByteBuffer()

  /// - Parameter maxMessage: the largest message in octets, whole or in fragments. A larger one is refused with 1009.
  init(maxMessage: Int) {
    self.maxMessage = maxMessage
  }

  /// The octets of the pieces so far of a message that is not whole.
  var heldOctets: Int { whole.readableBytes }

  /// - Returns: the message, when this was its last piece.
  mutating func receive(
    _ opcode: WebSocketPiece.Opcode, _ octets: ByteBuffer, isFinal: Bool
  ) throws(FrameViolation) -> WebSocket.Message? {
    if opcode != .continuation { isText = opcode == .text }
    guard whole.readableBytes + octets.readableBytes <= maxMessage else {
      throw FrameViolation.tooLarge(limit: maxMessage)
    }
    if whole.readableBytes == 0 {
      whole = octets
    } else {
      whole.writeImmutableBuffer(octets)
    }
    guard isFinal else { return nil }
    defer { whole = ByteBuffer() }
    guard isText else { return .binary(whole) }
    guard let text = String(validating: whole.readableBytesView, as: UTF8.self) else {
      throw FrameViolation(1007, "text that is not UTF-8")
    }
    return .text(text)
  }
}
