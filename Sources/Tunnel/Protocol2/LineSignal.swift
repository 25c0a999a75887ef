/// What a ``LineEngine`` tells its driver.
enum LineSignal: Sendable {
  /// A request came. To the telephone only. Indirect: what is handed on and on is small.
  indirect case opened(UInt32, RequestHeadFrame, upgrade: Bool, end: Bool)
  /// A reader of the stream can go on.
  case readable(UInt32)
  /// All that a sender had given was taken, or never will be.
  case taken(UInt32)
  /// The stream ended before its time, by the peer's doing or with the line.
  case ended(UInt32, StreamFault)
  /// The peer sent its first DRAIN.
  case peerDrains
}

/// Whether a sender can go on.
enum Admission: Sendable, Equatable {
  /// It can, and what it gave leaves for sure.
  case accepted
  /// It was taken over, but the sender waits until it has left.
  case pending
  /// What was given before is still there; wait, and try again.
  case full
}

/// The answer to a read.
enum ReadResult: Sendable {
  case event(StreamEvent)
  case wait
  /// Nothing follows.
  case over
  case fault(StreamFault)
}

/// Why no stream could be opened.
package struct OpenFault: Error, Sendable, Equatable {
  package enum Kind: Sendable, Hashable {
    /// The telephone holds as many as it takes.
    case tooManyStreams
    /// One of both sides drains.
    case draining
    case lost
    /// All ids of the line are used up: dial another.
    case idsUsedUp
    /// The head does not fit into a frame: answer 431.
    case headTooLarge
  }

  package var kind: Kind
  /// For a person.
  package var sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
