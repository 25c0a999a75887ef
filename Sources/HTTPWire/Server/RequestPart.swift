import HTTPTypes
import NIOCore

/// What a connection reads.
enum RequestPart: Sendable {
  case head(ReceivedRequest)
  case body(ByteBuffer)
  case end(HTTPFields?)
  /// Nothing more can be read. The status to answer with, if an answer is still possible.
  case malformed(status: Int)

  /// The octets that it holds in a queue, about.
  var cost: Int {
    switch self {
    case .head(let request): 256 + request.head.target.utf8.count + request.head.fields.count * 64
    case .body(let octets): octets.readableBytes
    case .end, .malformed: 64
    }
  }
}
