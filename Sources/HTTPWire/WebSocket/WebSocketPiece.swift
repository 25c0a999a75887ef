package import NIOCore

/// A piece of an open WebSocket (RFC 6455, section 5), as a relay sees it.
package enum WebSocketPiece: Sendable, Equatable {
  package enum Opcode: UInt8, Sendable, Hashable {
    /// Goes on with the message that a text or binary fragment began.
    case continuation = 0
    case text = 1
    case binary = 2
  }

  /// A message, or a fragment of one. Whether text is UTF-8 was not checked.
  case data(Opcode, ByteBuffer, isFinal: Bool)
  /// At most 125 octets.
  case ping(ByteBuffer)
  /// At most 125 octets.
  case pong(ByteBuffer)
  /// Ends its direction. A close without a code has 1005 and an empty reason.
  case close(code: UInt16, reason: String)

  /// The octets of the piece, and a little for its own place in a queue.
  var cost: Int {
    switch self {
    case .data(_, let octets, _), .ping(let octets), .pong(let octets): octets.readableBytes + 64
    case .close(_, let reason): reason.utf8.count + 64
    }
  }
}
