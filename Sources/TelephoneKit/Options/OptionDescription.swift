/// One option of a stage as the reference shows it.
public struct OptionDescription: Sendable, Hashable {
  /// The name in YAML.
  public var name: String
  public var help: String
  public var kind: OptionKind
  /// The least and the greatest value, if there are such.
  public var range: OptionRange?
  /// The default as it would be written in a file; `nil` if there is none.
  public var defaultText: String?
  /// A value for examples: always there for an option that must be given.
  public var exampleText: String?
  public var isRequired: Bool
  /// Secret values are shown as `‹secret›` everywhere.
  public var isSecret: Bool
}

/// What ``StageOptions`` sees of an ``Option`` whose value type it does not know.
protocol DeclaredOption: Sendable {
  func description(property: String) -> OptionDescription
  func reading(_ input: OptionInput, named name: String) throws(OptionProblem) -> any DeclaredOption
  /// The value in force as it would be written in a file.
  var valueText: String { get }
  /// Whether another option has the same value. Values that cannot be compared are never the same.
  func hasSameValue(as other: any DeclaredOption) -> Bool
}

extension Option: DeclaredOption {
  func description(property: String) -> OptionDescription {
    let text = wrappedValue.optionText
    return OptionDescription(
      name: declaration.name ?? Self.yamlName(property), help: declaration.help, kind: Value.kind,
      range: declaration.range, defaultText: declaration.isRequired || text.isEmpty ? nil : text,
      exampleText: declaration.exampleText, isRequired: declaration.isRequired, isSecret: declaration.isSecret)
  }

  func reading(_ input: OptionInput, named name: String) throws(OptionProblem) -> any DeclaredOption {
    var copy = self
    copy.wrappedValue = try Value(input)
    if let fault = declaration.check(copy.wrappedValue) {
      throw OptionProblem("'\(name)' \(fault)", place: input.place, option: name)
    }
    return copy
  }

  var valueText: String { wrappedValue.optionText }

  func hasSameValue(as other: any DeclaredOption) -> Bool {
    guard let other = other as? Self, let type = Value.self as? any Equatable.Type else { return false }
    return Self.areEqual(wrappedValue, other.wrappedValue, as: type)
  }

  private static func areEqual<Known: Equatable>(_ left: Value, _ right: Value, as type: Known.Type) -> Bool {
    guard let left = left as? Known, let right = right as? Known else { return false }
    return left == right
  }

  /// `maxCount` becomes `max-count`.
  static func yamlName(_ property: String) -> String {
    property.reduce(into: "") { name, character in
      if character.isUppercase { name += "-\(character.lowercased())" } else { name.append(character) }
    }
  }
}
