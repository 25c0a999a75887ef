public import NIOCore

/// A piece of an open WebSocket (RFC 6455, 5).
public enum WebSocketFrame: Sendable, Equatable {
  public enum Opcode: UInt8, Sendable, Hashable {
    /// Goes on with the message that a text or binary fragment began.
    case continuation = 0
    case text = 1
    case binary = 2
  }

  /// A message, or a fragment of one.
  case data(Opcode, ByteBuffer, isFinal: Bool)
  /// At most 125 octets.
  case ping(ByteBuffer)
  /// At most 125 octets.
  case pong(ByteBuffer)
  /// Ends its direction. A close without a code has 1005 and an empty reason.
  case close(code: UInt16, reason: String)
}

/// One end of an open WebSocket, an object, as the runner joins two of them: the backend's and the client's.
///
/// One task receives and one sends, at the same time. A task that is cancelled while it waits in a call leaves it with
/// an error.
public protocol WebSocketPeer: AnyObject, Sendable {
  /// The next frame. Not called again after a close.
  /// - Throws: if the peer is gone without a close (code 1006, RFC 6455, 7.1.5), or broke the protocol.
  func receive() async throws -> WebSocketFrame

  /// Sends a frame, and returns when the peer can take more.
  func send(_ frame: WebSocketFrame) async throws

  /// Ends the WebSocket at once, without a close; calls that wait end with an error. Harmless after the end. A peer that
  /// has received a close and was sent one lets go of its connection by itself.
  func abort(_ error: any Error) async
}
