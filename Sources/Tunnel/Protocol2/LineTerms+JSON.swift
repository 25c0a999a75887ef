package import PhoenixChannels

/// An offer or a grant that cannot be used.
package struct TermsFault: Error, Sendable, Equatable {
  /// For a person.
  package var sentence: String
}

/// What a telephone offers in its join.
package struct LineOffer: Sendable, Equatable {
  /// The longest `path_id`, in octets, whose topic fits a binary message: 255 without `telephone:`.
  static let longestPathID = 245

  /// The protocols it speaks: 1, 2.
  package var protocols: Set<Int>
  package var terms: LineTerms

  /// What is offered for a path: protocol 1 alone if its topic fits no binary message.
  package init(pathID: String, terms: LineTerms) {
    protocols = pathID.utf8.count <= Self.longestPathID ? [1, 2] : [1]
    self.terms = terms
  }

  /// The member `telephone` of the join's payload.
  /// - Parameter agent: names the program, such as `telephone/0.1.0`.
  package func json(agent: String) -> JSONValue {
    .object([
      "protocols": .array(protocols.sorted().map { .integer(Int64($0)) }),
      "max_frame": .integer(Int64(terms.maxFrame)), "max_message": .integer(Int64(terms.maxMessage)),
      "stream_credit": .integer(Int64(terms.streamCredit)), "max_streams": .integer(Int64(terms.maxStreams)),
      "agent": .string(agent),
    ])
  }

  /// Reads the member `telephone` of a join's payload. Missing, it offers protocol 1.
  /// - Throws: if something in it has the wrong type or is out of range.
  package init(_ json: JSONValue?) throws(TermsFault) {
    protocols = [1]
    terms = LineTerms()
    guard let json, !json.isNull else { return }
    guard let object = json.objectValue else { throw TermsFault(sentence: "'telephone' is not an object.") }
    if let offered = object["protocols"] {
      guard let numbers = offered.arrayValue else { throw TermsFault(sentence: "'protocols' is not an array.") }
      protocols = Set(numbers.compactMap { $0.integerValue.flatMap { Int(exactly: $0) } })
    }
    terms = try LineTerms(object)
    terms.maxStreams = try LineTerms.number(object, "max_streams", terms.maxStreams)
    if protocols.contains(2), let fault = terms.fault { throw TermsFault(sentence: fault) }
  }

  /// Reads the member `telephone` of a join's reply.
  /// - Returns: what the gateway declared for protocol 2; `nil`: the line speaks protocol 1.
  /// - Throws: for a grant that was not offered, or is out of range.
  package func terms(grantedBy json: JSONValue?) throws(TermsFault) -> LineTerms? {
    guard let json, !json.isNull else { return nil }
    guard let object = json.objectValue else { throw TermsFault(sentence: "'telephone' is not an object.") }
    guard let granted = object["protocol"]?.integerValue else {
      throw TermsFault(sentence: "The gateway's grant names no protocol.")
    }
    guard protocols.contains(where: { Int64($0) == granted }) else {
      throw TermsFault(sentence: "The gateway grants protocol \(granted), which was not offered.")
    }
    guard granted == 2 else { return nil }
    let terms = try LineTerms(object)
    if let fault = terms.fault { throw TermsFault(sentence: fault) }
    return terms
  }
}

extension LineTerms {
  /// The member `telephone` of the join's reply: protocol 2, and what this side declares.
  package var grant: JSONValue {
    [
      "protocol": 2, "max_frame": .integer(Int64(maxFrame)), "max_message": .integer(Int64(maxMessage)),
      "stream_credit": .integer(Int64(streamCredit)),
    ]
  }

  /// Reads what both sides declare; `max_streams` stays the default. The ranges are not checked.
  fileprivate init(_ object: [String: JSONValue]) throws(TermsFault) {
    self.init()
    maxFrame = try Self.number(object, "max_frame", maxFrame)
    maxMessage = try Self.number(object, "max_message", maxMessage)
    streamCredit = try Self.number(object, "stream_credit", streamCredit)
  }

  fileprivate static func number(
    _ object: [String: JSONValue], _ key: String, _ fallback: Int
  ) throws(TermsFault) -> Int {
    guard let value = object[key] else { return fallback }
    guard let number = value.integerValue.flatMap({ Int(exactly: $0) }) else {
      throw TermsFault(sentence: "'\(key)' is not a whole number.")
    }
    return number
  }
}
