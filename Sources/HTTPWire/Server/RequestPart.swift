import HTTPTypes
import NIOCore

/// What a connection reads, in the terms of this module: no type of the codec below.
enum RequestPart: Sendable {
  case head(RequestHead)
  case body(ByteBuffer)
  case end(HTTPFields?)
  /// Nothing more can be read. The status to answer with, if an answer is still possible.
  case malformed(status: Int)

  /// The octets that it holds in a queue, about.
  var cost: Int {
    switch self {
    case .head(let head): 256 + head.head.target.utf8.count + head.head.fields.count * 64
    case .body(let octets): octets.readableBytes
    case .end, .malformed: 64
    }
  }
}

/// A head with what the connection needs to know about it.
struct RequestHead: Sendable {
  var head: ServerRequestHead
  var framing: Framing
  /// What the client asks to be upgraded to.
  var upgrade: UpgradeRequest

  struct Framing: Sendable, Equatable {
    /// Whether the client speaks HTTP/1.1, so that it understands chunks and interim answers.
    var isHTTP11: Bool
    var keepAlive: Bool
    var expectsContinue: Bool
    var isHead: Bool
  }

  enum UpgradeRequest: Sendable, Equatable {
    case none
    /// The protocol named is another one, or the request has content: it is served as if it had not asked,
    /// but nothing can be read after it.
    case other
    case webSocket
  }
}
