import TelephoneKit

/// Schemas of values, as texts and numbers stand in a file. Wherever a number is meant, a text with a variable may stand.
enum ValueSchema {
  /// The end of a pattern: a variable makes any text possible.
  static let orVariable = #"|\$\{"#

  /// A duration. The only one without a unit is 0.
  static let duration = text(
    "^\(Duration.pattern)$", OptionKind.duration.words, or: ["integer"]
  ).and(["minimum": 0, "maximum": 0])

  static func ref(_ name: String) -> OrderedJSON { ["$ref": .string("#/$defs/\(name)")] }

  /// A text. What YAML takes for a number or a truth value is read as it stands there.
  static let text: OrderedJSON = ["type": ["string", "number", "boolean"]]

  /// A text of a form.
  /// - Parameter words: what is meant, for messages.
  static func text(_ pattern: String, _ words: String, or types: [OrderedJSON] = []) -> OrderedJSON {
    [
      "type": types.isEmpty ? "string" : .array(["string"] + types), "pattern": .string(pattern + orVariable),
      "patternErrorMessage": .string("expected \(words)"),
    ]
  }

  static func integer(_ range: ClosedRange<Int>?) -> OrderedJSON {
    bounded(text("^[+-]?[0-9][0-9_]*$", OptionKind.integer.words, or: ["integer"]), by: range)
  }

  /// - Parameter range: for a size that is written as a bare number.
  static func byteSize(_ range: ClosedRange<Int>? = 0...Int.max) -> OrderedJSON {
    bounded(text("^\(ByteSize.pattern)$", OptionKind.byteSize.words, or: ["integer"]), by: range)
  }

  /// A schema with a least and a greatest number, which say nothing about texts.
  private static func bounded(_ schema: OrderedJSON, by range: ClosedRange<Int>?) -> OrderedJSON {
    guard let range else { return schema }
    let least: OrderedJSON = ["minimum": .number(range.lowerBound)]
    return schema.and(range.upperBound == .max ? least : least.and(["maximum": .number(range.upperBound)]))
  }

  static func choice(_ names: [String]) -> OrderedJSON {
    ["anyOf": [["enum": .strings(names)], ref("variable")]]
  }

  /// A value that may be left out behind its key.
  static func orNothing(_ schema: OrderedJSON) -> OrderedJSON { ["anyOf": [schema, ["type": "null"]]] }

  /// One, or a list with at least one.
  static func oneOrMore(_ schema: OrderedJSON) -> OrderedJSON {
    ["anyOf": [schema, ["type": "array", "items": schema, "minItems": 1]]]
  }

  /// A map with these keys and no others.
  static func map(
    _ properties: OrderedJSON, required: [String] = [], atLeast count: Int = 0
  ) -> OrderedJSON {
    var members: [OrderedJSON.Member] = [
      .init("type", "object"), .init("properties", properties), .init("additionalProperties", false),
    ]
    if !required.isEmpty { members.append(.init("required", .strings(required))) }
    if count > 0 { members.append(.init("minProperties", .number(count))) }
    return .object(members)
  }

  /// The same with words about it.
  static func map(
    _ description: String, _ properties: OrderedJSON, required: [String] = [], atLeast count: Int = 0
  ) -> OrderedJSON {
    described(description, map(properties, required: required, atLeast: count))
  }

  /// A map from any names to values of one kind.
  static func names(to value: OrderedJSON) -> OrderedJSON { ["type": "object", "additionalProperties": value] }

  static func described(_ description: String, _ schema: OrderedJSON) -> OrderedJSON {
    let words: OrderedJSON = ["description": .string(description)]
    return words.and(schema)
  }
}
