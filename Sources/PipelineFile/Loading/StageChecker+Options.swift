import TelephoneKit

extension StageChecker {
  /// Options that were read, where each stands, and which came from secret variables.
  struct ReadOptions {
    var values: any StageOptions
    var places: [String: Place]
    var secret: Set<String>
    var variables: [String: [VariableUse]]
  }

  /// `nil`, with errors in the list, if they cannot be used.
  mutating func options(of entry: StageEntry, type: StageType) -> ReadOptions? {
    let pairs: [YAMLPair]
    switch entry.with?.value.content {
    case nil: pairs = []
    case .mapping(let found): pairs = found
    case .scalar(let scalar) where scalar.isNull: pairs = []
    case .unusable: return nil
    case .scalar, .sequence:
      if let with = entry.with {
        diagnostics.error(
          at: with.value.place, "'with' must be a map such as { option: value }, not \(with.value.words)")
      }
      return nil
    }
    hideSecrets(in: pairs, of: type)
    let faulty = Set(pairs.filter(\.value.holdsUnusable).map(\.key))
    var input = OptionInput(YAMLNode(.mapping(pairs), place: entry.place, span: 0..<0))
    if !faulty.isEmpty { input = Self.probe(input, without: faulty) }
    do {
      return ReadOptions(
        values: try type.options(from: input),
        places: Dictionary(pairs.map { ($0.key, $0.value.place) }, uniquingKeysWith: { first, _ in first }),
        secret: Set(pairs.filter { OptionInput($0.value).isSecret }.map(\.key)),
        variables: Dictionary(pairs.map { ($0.key, $0.value.variables) }, uniquingKeysWith: { first, _ in first }))
    } catch let error as OptionProblems {
      for problem in error.problems where !isSecondary(problem, faulty) { report(problem, pairs, entry) }
    } catch {
      diagnostics.error(at: entry.place, "the options of '\(entry.stage)' cannot be read: \(error)")
    }
    return nil
  }

  /// No option can have this name.
  private static let probeName = "\u{0}"

  /// The options that can be read, with one more that is known nowhere: so those that can be read are checked one by one,
  /// but not against each other, as some are missing.
  private static func probe(_ input: OptionInput, without faulty: Set<String>) -> OptionInput {
    guard case .map(let entries) = input.content else { return input }
    var probe = input
    probe.content = .map(
      entries.filter { !faulty.contains($0.key) } + [OptionInput.Entry(key: probeName, value: OptionInput(.null))])
    return probe
  }

  private func isSecondary(_ problem: OptionProblem, _ faulty: Set<String>) -> Bool {
    problem.unknownName == Self.probeName || problem.option.map(faulty.contains) ?? false
  }

  private mutating func report(_ problem: OptionProblem, _ pairs: [YAMLPair], _ entry: StageEntry) {
    var sentence = problem.sentence
    if let name = problem.unknownName {
      let isMisplaced = StageEntry.keys.contains(name) && pairs.contains { $0.key == name }
      sentence +=
        isMisplaced ? "; write it beside 'with', not in it" : diagnostics.hint(for: name, among: problem.knownNames)
    }
    let named = problem.option.flatMap { name in pairs.first { $0.key == name } }
    diagnostics.error(at: problem.place ?? named?.value.place ?? entry.place, sentence)
  }

  /// What stands in an option that is declared secret is hidden in traces, and where the file's lines are shown.
  private mutating func hideSecrets(in pairs: [YAMLPair], of type: StageType) {
    for option in type.options where option.isSecret {
      for pair in pairs where pair.key == option.name {
        diagnostics.hide(pair.value.span, in: pair.value.place.file)
        hide(OptionInput(pair.value).texts)
      }
    }
  }
}
