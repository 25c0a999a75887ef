/// The options of a stage: a struct whose properties are declared with ``Option``.
public protocol StageOptions: Decodable, Sendable {
  /// All defaults.
  init()

  /// Checks what no single option can know, such as two that exclude each other.
  /// - Throws: an ``OptionProblem`` that names the option at fault, or ``OptionProblems``.
  func validate() throws
}

extension StageOptions {
  public func validate() throws {}

  /// The options in the order of their declaration.
  public static var descriptions: [OptionDescription] {
    declared(in: Self()).map { $0.option.description(property: $0.property) }
  }

  /// The values in force as they would be written in a file, by name; secrets are hidden.
  public var values: [(name: String, text: String)] {
    Self.declared(in: self).map { property, option in
      let description = option.description(property: property)
      return (description.name, description.isSecret ? Redaction.mark : option.valueText)
    }
  }

  /// Whether all values in force are the same, those of secrets too.
  func hasSameValues(as other: any StageOptions) -> Bool {
    guard let other = other as? Self else { return false }
    return zip(Self.declared(in: self), Self.declared(in: other)).allSatisfy { $0.option.hasSameValue(as: $1.option) }
  }

  /// Reads what stands under `with`.
  /// - Throws: ``OptionProblems`` with every fault: unknown names, wrong types, values out of range, options that are
  ///   missing, and what ``validate()`` finds.
  public init(reading input: OptionInput) throws {
    var problems: [OptionProblem] = []
    let entries: [OptionInput.Entry]
    switch input.content {
    case .map(let found): entries = found
    case .null: entries = []
    case .scalar, .list:
      throw OptionProblems([OptionProblem("expected a map of options; write { name: value }", place: input.place)])
    }

    var read: [String: any DeclaredOption] = [:]
    var known: [String] = []
    for (property, option) in Self.declared(in: Self()) {
      let description = option.description(property: property)
      known.append(description.name)
      read[property] = option
      if let entry = entries.last(where: { $0.key == description.name }) {
        do {
          read[property] = try option.reading(entry.value, named: description.name)
        } catch {
          problems.append(error.about(description.name, secret: description.isSecret || entry.value.isSecret))
        }
      } else if description.isRequired {
        problems.append(
          OptionProblem("the option '\(description.name)' must be given", place: input.place, option: description.name))
      }
    }
    for entry in entries where !known.contains(entry.key) {
      problems.append(
        OptionProblem(
          known.isEmpty ? "this stage takes no options" : "unknown option '\(entry.key)'",
          place: entry.keyPlace, unknownName: entry.key, knownNames: known))
    }
    guard problems.isEmpty else { throw OptionProblems(problems) }

    self = try Self(from: OptionDecoder(values: read))
    do {
      try validate()
    } catch var problem as OptionProblem {
      if problem.place == nil, let name = problem.option {
        problem.place = entries.last { $0.key == name }?.keyPlace
      }
      problem.place = problem.place ?? input.place
      throw OptionProblems([problem])
    }
  }

  private static func declared(in options: Self) -> [(property: String, option: any DeclaredOption)] {
    Mirror(reflecting: options).children.compactMap { child in
      guard let label = child.label, let option = child.value as? any DeclaredOption else { return nil }
      return (String(label.drop { $0 == "_" }), option)
    }
  }
}

extension OptionProblem {
  /// The problem with the option's name in front, and without the value if that is a secret.
  fileprivate func about(_ name: String, secret: Bool) -> OptionProblem {
    var problem = self
    problem.option = name
    if !problem.sentence.hasPrefix("'\(name)'") { problem.sentence = "'\(name)': \(sentence)" }
    if secret {
      problem.sentence = "'\(name)' is not well-formed (its value is a secret and not shown)"
      problem.unknownName = nil
    }
    return problem
  }
}

/// The options of a stage that has none.
public struct NoOptions: StageOptions {
  public init() {}
}
