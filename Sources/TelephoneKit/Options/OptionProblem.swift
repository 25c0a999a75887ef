/// One fault of a stage's options.
public struct OptionProblem: Error, Sendable, Hashable {
  /// The fault, in a sentence without a full stop: `'max-count' must be from 1 to 10000, not 0`.
  public var sentence: String
  public var place: Place?
  /// The option at fault, by its name in YAML; a place is found from it where none is given.
  public var option: String?
  /// A name that is not known, and those that are, so that the nearest can be proposed.
  public var unknownName: String?
  public var knownNames: [String]

  public init(
    _ sentence: String, place: Place? = nil, option: String? = nil, unknownName: String? = nil,
    knownNames: [String] = []
  ) {
    self.sentence = sentence
    self.place = place
    self.option = option
    self.unknownName = unknownName
    self.knownNames = knownNames
  }
}

/// All faults of a stage's options, found in one pass.
public struct OptionProblems: Error, Sendable, CustomStringConvertible {
  public var problems: [OptionProblem]

  public init(_ problems: [OptionProblem]) { self.problems = problems }

  public var description: String { problems.map(\.sentence).joined(separator: "; ") }
}
