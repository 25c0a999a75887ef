/// Why a stream ended before its time. Each stream has at most one.
package struct StreamFault: Error, Sendable, Equatable {
  package enum Origin: Sendable, Hashable {
    /// The peer sent a RESET.
    case peer
    /// We sent one, because of what the peer did, or because our side gave up.
    case local
    /// The line was lost.
    case line
  }

  package var origin: Origin
  package var code: ResetCode
  /// For a person. With the origin `peer` it is the peer's text: at most 512 octets, and not for a client's eyes.
  package var sentence: String

  package init(_ origin: Origin, _ code: ResetCode, _ sentence: String) {
    self.origin = origin
    self.code = code
    self.sentence = sentence
  }

  /// What the peer did wrong on one stream.
  static func malformed(_ sentence: String) -> StreamFault { StreamFault(.local, .malformed, sentence) }

  /// The line is gone, and all its streams with it.
  static let lost = StreamFault(.line, .peerGone, "The line was lost.")
}
