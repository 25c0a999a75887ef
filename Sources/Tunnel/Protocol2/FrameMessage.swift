import NIOCore
package import PhoenixChannels

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

  /// The octets of the message, in one part if it is small.
  package var payload: PhoenixMessage.Payload {
    guard let first = parts.first else { return .binary(end) }
    let rest = parts.dropFirst()
    return .binary(first, rest: end.readableBytes > 0 ? rest + [end] : Array(rest))
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
