package import HTTPTypes
package import NIOCore

/// What an exchange on a client's connection reads, in order.
package enum ClientPart: Sendable {
  /// A 1xx head other than 101.
  case interim(WireResponseHead)
  /// The final head; content follows.
  case head(WireResponseHead, length: Int?)
  /// The final head, and all of its content, which was here already.
  case whole(WireResponseHead, ByteBuffer, trailers: HTTPFields?)
  /// 101: the connection is a WebSocket from here on.
  case switched(WireResponseHead, FrameSocket)
  case body(ByteBuffer)
  case end(trailers: HTTPFields?)
}
