package import HTTPTypes
package import NIOCore
package import TelephoneKit

/// What comes in on a stream, in its order.
package enum StreamEvent: Sendable, Equatable {
  /// A 1xx head other than 101. To the gateway only.
  case interim(status: Int, HTTPFields)
  /// The answer's head, 101 for an open WebSocket. To the gateway only.
  case head(status: Int, HTTPFields)
  /// Octets of the body, never none.
  case data(ByteBuffer)
  /// The direction is complete.
  case end(trailers: HTTPFields?)
  /// A piece of a WebSocket; a close ends the direction.
  case frame(WebSocketFrame)

  /// Whether nothing follows.
  var isLast: Bool {
    switch self {
    case .end, .frame(.close): true
    default: false
    }
  }
}
