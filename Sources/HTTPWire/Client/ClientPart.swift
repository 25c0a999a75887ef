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

  /// What it takes of the window of an exchange, in octets: the parts of which there can be any number.
  var cost: Int {
    switch self {
    case .body(let octets): octets.readableBytes
    case .interim(let head):
      head.fields.reduce(256) { sum, field in
        sum + 64 + field.name.rawName.utf8.count + field.withUnsafeBytesOfValue { $0.count }
      }
    case .head, .whole, .switched, .end: 0
    }
  }
}
