import HTTPTypes

/// How far an exchange on a client's connection is, and whether the connection can be used again. Pure.
struct ClientFlow: Sendable {
  enum Answer: Sendable, Equatable {
    case awaited
    /// The final head came, its content goes on.
    case content
    case whole
  }

  enum Request: Sendable, Equatable {
    /// The head was written; the content waits for 100 (RFC 9110, 10.1.1).
    case held
    case sending
    case sent
    /// The peer was told of content that it will not get.
    case broken
  }

  private(set) var answer = Answer.awaited
  private(set) var request: Request
  /// Whether the connection outlives the exchange, as far as is known.
  private(set) var keepsConnection = true
  /// Whether an octet of an answer came.
  var gotOctets = false

  /// - Parameter isWhole: whether all of the request is written at once.
  init(isWhole: Bool, expectsContinue: Bool) {
    request = expectsContinue ? .held : isWhole ? .sent : .sending
  }

  /// Whether both directions have come to their end.
  var isOver: Bool { answer == .whole && (request == .sent || request == .broken) }
  /// Whether another exchange may follow, once this one is over.
  var allowsReuse: Bool { keepsConnection && request == .sent }

  /// An interim head came.
  /// - Returns: whether the content is to be sent now.
  mutating func interim(_ head: WireResponseHead) -> Bool {
    guard head.status == 100, request == .held else { return false }
    request = .sending
    return true
  }

  /// The peer was waited for in vain (RFC 9110, 10.1.1): the content is sent without its word.
  /// - Returns: whether it is to be sent now.
  mutating func gaveUpWaiting() -> Bool {
    guard request == .held else { return false }
    request = .sending
    return true
  }

  /// The final head came. Content that was held until now is not wanted, unless the peer accepts the request and may be
  /// reading it already.
  /// - Returns: whether the content is to be sent now.
  mutating func final(_ head: WireResponseHead, _ framing: ContentFraming) -> Bool {
    answer = .content
    let isWanted = request == .held && (200..<300).contains(head.status)
    if request == .held { request = isWanted ? .sending : .broken }
    // A look-up by name would make an index of all fields.
    let saysClose = head.fields.contains { field in
      field.name == .connection && CheckedFields.list([field.value], contains: "close")
    }
    if !head.isHTTP11 || framing == .untilClose || saysClose { keepsConnection = false }
    return isWanted
  }

  /// The answer is whole.
  mutating func ended() { answer = .whole }

  /// All of the request was written.
  mutating func sent() { if request == .sending { request = .sent } }

  /// What the end of the connection means for the answer.
  var faultOfEnd: ClientFault.Kind { answer == .awaited ? .closed : .cutOff }
}
