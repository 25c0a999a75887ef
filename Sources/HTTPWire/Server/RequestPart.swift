import HTTPTypes
import NIOCore

/// What a connection reads.
enum RequestPart: Sendable {
  case head(ReceivedRequest)
  case body(ByteBuffer)
  case end(HTTPFields?)
  /// Nothing more can be read. The status to answer with, if an answer is still possible.
  case malformed(status: Int)

  /// Up to so many octets, small pieces of content are joined in a queue.
  private static let joined = 16 << 10

  /// The memory that it takes in a queue, about.
  /// - Parameter size: the octets that it has on the wire.
  func cost(size: Int) -> Int {
    switch self {
    case .head(let request): 256 + size + request.head.fields.count * 64
    case .body, .end, .malformed: 64 + size
    }
  }

  /// Adds content behind that of this part, if it is content, and both together are small.
  /// - Returns: whether it was added.
  mutating func join(_ octets: ByteBuffer) -> Bool {
    guard case .body(var content) = self, content.readableBytes + octets.readableBytes <= Self.joined else {
      return false
    }
    // Who holds the octets alone can add to them in place.
    self = .end(nil)
    content.writeImmutableBuffer(octets)
    self = .body(content)
    return true
  }
}
