/// What one side of a line declares: how much it takes at once.
package struct LineTerms: Sendable, Equatable {
  /// The largest payload of one frame, in octets. 16,384 to 16 MiB; default 65,536.
  package var maxFrame: Int
  /// The largest binary message, in octets. `maxFrame` + 10 to 32 MiB; default 262,144.
  package var maxMessage: Int
  /// The octets it takes on a stream before that stream's first CREDIT. 16,384 to 2^31 - 1; default 65,536.
  package var streamCredit: Int
  /// The streams it holds at once; only the telephone's counts. 1 to 2^20; default 1024.
  package var maxStreams: Int

  static let frameRange = 16_384...16 * 1024 * 1024
  static let largestMessage = 32 * 1024 * 1024
  static let creditRange = 16_384...Int(Int32.max)
  static let streamsRange = 1...1 << 20

  package init(
    maxFrame: Int = 65_536, maxMessage: Int = 262_144, streamCredit: Int = 65_536, maxStreams: Int = 1024
  ) {
    self.maxFrame = maxFrame
    self.maxMessage = maxMessage
    self.streamCredit = streamCredit
    self.maxStreams = maxStreams
  }

  /// Why these terms cannot be declared, in a sentence; `nil` if they can.
  package var fault: String? {
    if !Self.frameRange.contains(maxFrame) { return Self.sentence("max_frame", maxFrame, Self.frameRange) }
    let messages = maxFrame + Frame.headerSize...Self.largestMessage
    if !messages.contains(maxMessage) { return Self.sentence("max_message", maxMessage, messages) }
    if !Self.creditRange.contains(streamCredit) {
      return Self.sentence("stream_credit", streamCredit, Self.creditRange)
    }
    if !Self.streamsRange.contains(maxStreams) { return Self.sentence("max_streams", maxStreams, Self.streamsRange) }
    return nil
  }

  private static func sentence(_ key: String, _ value: Int, _ range: ClosedRange<Int>) -> String {
    "'\(key)' is \(value), and must be from \(range.lowerBound) to \(range.upperBound)."
  }
}
