import NIOCore

/// Finds the frames in what a gateway sends on a socket (RFC 6455, 5.2), behind the head of its answer to the upgrade.
///
/// Pure: octets go in, and come out as they were, cut where frames begin. Only short text frames are held until they are
/// whole, to see whether they answer a heartbeat.
struct ServerFrames {
  struct Piece: Equatable {
    var octets: ByteBuffer
    /// Whether something else may be sent before it.
    var beginsFrame: Bool
    /// Whether it is a whole frame that answers a heartbeat.
    var isHeartbeat: Bool
  }

  /// Text frames up to so many octets are looked into.
  private static let lookLimit = 2048

  private var buffer = ByteBuffer()
  private var isInHead = true
  /// Octets of a frame that are still to come.
  private var left = 0

  /// Takes what was received; returns what can be passed on.
  mutating func take(_ octets: ByteBuffer) -> [Piece] {
    buffer.writeImmutableBuffer(octets)
    var pieces: [Piece] = []
    while let piece = next() { pieces.append(piece) }
    if buffer.readableBytes == 0 { buffer.clear() }
    return pieces
  }

  private mutating func next() -> Piece? {
    if isInHead { return head() }
    if left > 0 { return rest() }
    guard let (header, length) = frame() else { return nil }
    let isText = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self).map { $0 & 0x0F == 1 } ?? false
    if isText, length <= Self.lookLimit {
      guard let whole = buffer.readSlice(length: header + length) else { return nil }
      return Piece(octets: whole, beginsFrame: true, isHeartbeat: Self.answersHeartbeat(whole))
    }
    left = header + length
    guard var piece = rest() else { return nil }
    piece.beginsFrame = true
    return piece
  }

  private mutating func head() -> Piece? {
    guard let end = buffer.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound,
      let head = buffer.readSlice(length: end - buffer.readerIndex)
    else { return nil }
    isInHead = false
    return Piece(octets: head, beginsFrame: false, isHeartbeat: false)
  }

  private mutating func rest() -> Piece? {
    let length = min(left, buffer.readableBytes)
    guard length > 0, let part = buffer.readSlice(length: length) else { return nil }
    left -= length
    return Piece(octets: part, beginsFrame: false, isHeartbeat: false)
  }

  /// The sizes of the header and the payload of the frame that begins here; `nil`: the header is not whole.
  private func frame() -> (header: Int, payload: Int)? {
    let start = buffer.readerIndex
    guard let second = buffer.getInteger(at: start + 1, as: UInt8.self), buffer.readableBytes >= 2 else { return nil }
    switch second & 0x7F {
    case 126: return buffer.readableBytes < 4 ? nil : (4, Int(buffer.getInteger(at: start + 2, as: UInt16.self) ?? 0))
    case 127:
      guard buffer.readableBytes >= 10 else { return nil }
      return (10, Int(clamping: buffer.getInteger(at: start + 2, as: UInt64.self) ?? 0))
    case let short: return (2, Int(short))
    }
  }

  private static func answersHeartbeat(_ frame: ByteBuffer) -> Bool {
    let text = String(buffer: frame)
    return text.contains("\"heartbeat_ack\"") || (text.contains("\"phoenix\"") && text.contains("\"phx_reply\""))
  }
}
