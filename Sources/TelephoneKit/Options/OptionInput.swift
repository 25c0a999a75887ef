/// What a pipeline file says for an option, before it has a type: a scalar, a list or a map, each with its place.
public struct OptionInput: Sendable {
  public indirect enum Content: Sendable {
    case scalar(String)
    case list([OptionInput])
    case map([Entry])
    case null
  }

  public struct Entry: Sendable {
    public var key: String
    public var keyPlace: Place?
    public var value: OptionInput

    public init(key: String, keyPlace: Place? = nil, value: OptionInput) {
      self.key = key
      self.keyPlace = keyPlace
      self.value = value
    }
  }

  public var content: Content
  public var place: Place?
  /// Whether any part of it came from a secret variable.
  public var isSecret: Bool

  public init(_ content: Content, place: Place? = nil, isSecret: Bool = false) {
    self.content = content
    self.place = place
    self.isSecret = isSecret
  }

  /// The text of a scalar.
  /// - Throws: an ``OptionProblem`` that says what is meant, if this is no scalar.
  public func scalar(_ meant: String) throws(OptionProblem) -> String {
    switch content {
    case .scalar(let text): return text
    case .list:
      throw OptionProblem("expected \(meant), found a list; write one value, without [ ] and '-'", place: place)
    case .map: throw OptionProblem("expected \(meant), found a map", place: place)
    case .null: throw OptionProblem("expected \(meant), found nothing", place: place)
    }
  }
}

extension OptionInput: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral text: String) { self.init(.scalar(text)) }
  public init(integerLiteral number: Int) { self.init(.scalar(String(number))) }
  public init(booleanLiteral flag: Bool) { self.init(.scalar(flag ? "true" : "false")) }
  public init(arrayLiteral elements: OptionInput...) { self.init(.list(elements)) }
  public init(dictionaryLiteral entries: (String, OptionInput)...) {
    self.init(.map(entries.map { Entry(key: $0.0, value: $0.1) }))
  }
}
