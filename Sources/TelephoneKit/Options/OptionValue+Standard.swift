extension Int: OptionValue {
  public static var kind: OptionKind { .integer }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    guard let number = Int(text.replacing("_", with: "")) else {
      throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
    self = number
  }

  public var optionText: String { String(self) }
}

extension Bool: OptionValue {
  public static var kind: OptionKind { .boolean }

  public init(_ input: OptionInput) throws(OptionProblem) {
    switch try input.scalar(Self.kind.words) {
    case "true", "True", "TRUE": self = true
    case "false", "False", "FALSE": self = false
    case let text: throw OptionProblem("expected \(Self.kind.words), found '\(text)'", place: input.place)
    }
  }

  public var optionText: String { self ? "true" : "false" }
}

extension String: OptionValue {
  public static var kind: OptionKind { .text }

  public init(_ input: OptionInput) throws(OptionProblem) {
    self = try input.scalar(Self.kind.words)
  }

  public var optionText: String { self }
}

extension Optional: OptionValue where Wrapped: OptionValue {
  public static var kind: OptionKind { .optional(Wrapped.kind) }

  public init(_ input: OptionInput) throws(OptionProblem) {
    if case .null = input.content { self = nil } else { self = try Wrapped(input) }
  }

  public var optionText: String { self?.optionText ?? "" }
}

extension Array: OptionValue where Element: OptionValue {
  public static var kind: OptionKind { .list(Element.kind) }

  public init(_ input: OptionInput) throws(OptionProblem) {
    guard case .list(let elements) = input.content else {
      throw OptionProblem("expected \(Self.kind.words); write \(Self.slip(input))", place: input.place)
    }
    self = []
    for element in elements { append(try Element(element)) }
  }

  /// The list that was surely meant by one value, if that can be written as it is.
  private static func slip(_ input: OptionInput) -> String {
    guard case .scalar(let text) = input.content, text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\/-]{0,60}/) != nil else {
      return "[a, b]"
    }
    return "[\(text)]"
  }

  public var optionText: String { "[\(map(\.optionText).joined(separator: ", "))]" }
}

extension Dictionary: OptionValue where Key == String, Value: OptionValue {
  public static var kind: OptionKind { .map(Value.kind) }

  public init(_ input: OptionInput) throws(OptionProblem) {
    guard case .map(let entries) = input.content else {
      throw OptionProblem("expected \(Self.kind.words); write { a: b }", place: input.place)
    }
    self = [:]
    for entry in entries { self[entry.key] = try Value(entry.value) }
  }

  public var optionText: String {
    "{\(sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.optionText)" }.joined(separator: ", "))}"
  }
}

/// An option with a few named values: an enum of strings.
///
/// ```swift
/// enum Flush: String, OptionChoice { case immediately, coalesce }
/// ```
public protocol OptionChoice: OptionValue, RawRepresentable, CaseIterable where RawValue == String {}

extension OptionChoice {
  public static var kind: OptionKind { .choice(allCases.map(\.rawValue)) }

  public init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    guard let choice = Self(rawValue: text) else {
      throw OptionProblem(
        "expected \(Self.kind.words), found '\(text)'", place: input.place, unknownName: text,
        knownNames: Self.allCases.map(\.rawValue))
    }
    self = choice
  }

  public var optionText: String { rawValue }
}
