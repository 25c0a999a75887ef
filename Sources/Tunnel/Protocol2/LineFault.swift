/// The peer broke the framing, or a rule that holds for the line as a whole: it must end (WebSocket close 1002).
package struct LineFault: Error, Sendable, Equatable {
  package enum Kind: Sendable, Hashable {
    /// A message that ends inside a frame, or has none.
    case truncated
    case frameTooLong
    case messageTooLong
    /// A kind above 0x1F.
    case unknownKind
    /// A frame other than DRAIN on stream 0.
    case streamZero
    case drainOnStream
    /// A REQUEST_HEAD whose id is not above all earlier ones.
    case idNotAbove
    /// Another frame for an id that was never opened.
    case neverOpened
    /// The peer makes us answer more and more, and reads none of it.
    case answersNotRead
  }

  package var kind: Kind
  /// For a person; nothing in it is the peer's text.
  package var sentence: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
