package import NIOCore

/// A message of whole frames for the peer. Large payloads stay in the memory that they came in.
package struct FrameMessage: Sendable {
  /// A payload from so many octets on is not copied.
  static let copyLimit = 8 << 10

  /// What comes before ``end``.
  private var parts: [ByteBuffer] = []
  private var partsSize = 0
  /// Where the next frame is written.
  var end = ByteBuffer()

  var readableBytes: Int { partsSize + end.readableBytes }

  /// The octets of the message: these, and then ``rest``, which a small message does not have.
  package var first: ByteBuffer { parts.first ?? end }
  package var rest: [ByteBuffer] {
    guard !parts.isEmpty else { return [] }
    var rest = Array(parts.dropFirst())
    if end.readableBytes > 0 { rest.append(end) }
    return rest
  }

  /// Writes a payload, or the end of one, whose frame's header is written.
  mutating func writePayload(_ octets: ByteBuffer) {
    guard octets.readableBytes >= Self.copyLimit else {
      end.writeImmutableBuffer(octets)
      return
    }
    partsSize += end.readableBytes + octets.readableBytes
    parts.append(end)
    parts.append(octets)
    end = ByteBuffer()
  }
}
