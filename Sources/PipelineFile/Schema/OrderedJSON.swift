/// JSON whose members keep their order, so that the same is written each time.
package indirect enum OrderedJSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([OrderedJSON])
  case object([Member])

  package struct Member: Sendable, Hashable {
    package var name: String
    package var value: OrderedJSON

    package init(_ name: String, _ value: OrderedJSON) {
      self.name = name
      self.value = value
    }
  }

  package static func strings(_ texts: some Sequence<String>) -> OrderedJSON { .array(texts.map(OrderedJSON.string)) }

  /// The members of an object; none of anything else.
  package var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// The elements of an array; none of anything else.
  package var elements: [OrderedJSON] {
    if case .array(let elements) = self { elements } else { [] }
  }

  /// The value of a member; `nil` if there is none.
  package subscript(name: String) -> OrderedJSON? { members.first { $0.name == name }?.value }

  /// The object with the members of another behind its own.
  package func and(_ other: OrderedJSON) -> OrderedJSON { .object(members + other.members) }
}

extension OrderedJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral text: String) { self = .string(text) }
  package init(integerLiteral number: Int) { self = .number(number) }
  package init(booleanLiteral flag: Bool) { self = .bool(flag) }
  package init(arrayLiteral elements: OrderedJSON...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, OrderedJSON)...) {
    self = .object(members.map { Member($0.0, $0.1) })
  }
}
