/// A stage type as the registry knows it: its names, its options, and how to build one.
public struct StageType: Sendable {
  public let name: String
  public let summary: String
  public let track: Track
  public let answers: [StageAnswer]
  /// The shortest useful options, as they would stand under `with`; `nil` if none are needed.
  public let example: String?
  /// The options in the order in which they are declared.
  public let options: [OptionDescription]
  /// Whether it answers each request that comes to it.
  package let alwaysAnswers: Bool
  /// What later stages can count on.
  package let gives: Set<StageFact>

  private let read: @Sendable (OptionInput) throws -> any StageOptions
  private let narrow: @Sendable (any StageOptions) -> [StageAnswer]?
  private let need: @Sendable (any StageOptions) -> Set<StageFact>
  private let make: @Sendable (any StageOptions, StageContext) async throws -> any Stage

  init<S: Stage>(_ type: S.Type) throws {
    self.name = type.name
    self.summary = type.summary
    self.track = type.track
    self.answers = type.answers
    self.options = S.Options.descriptions
    let required = S.Options.descriptions.filter(\.isRequired).map { "\($0.name): \($0.exampleText ?? "")" }
    self.example = type.example ?? (required.isEmpty ? nil : "{ \(required.joined(separator: ", ")) }")
    self.read = { try S.Options(reading: $0) }
    self.alwaysAnswers = type.alwaysAnswers
    self.gives = type.gives
    self.narrow = { ($0 as? S.Options).map(type.answers(with:)) }
    self.need = { ($0 as? S.Options).map(type.needs(with:)) ?? [] }
    self.make = { options, context in
      guard let options = options as? S.Options else { throw RegistryError.foreignOptions(stage: type.name) }
      return try await type.init(options, context)
    }
  }

  /// A stage that is known by name only, see ``StageRegistry/register(standIn:on:)``.
  init(standIn name: String, on track: Track) {
    self.name = name
    self.summary = "Stands in for a stage of another program."
    self.track = track
    self.answers = []
    self.options = []
    self.example = nil
    self.alwaysAnswers = false
    self.gives = []
    self.read = { _ in NoOptions() }
    self.narrow = { _ in nil }
    self.need = { _ in [] }
    self.make = { _, _ in throw StageBuildError("The stage '\(name)' is not in this program.") }
  }

  /// Reads what stands under `with`.
  /// - Throws: ``OptionProblems``, all there are.
  public func options(from input: OptionInput) throws -> any StageOptions { try read(input) }

  /// Those of ``answers`` that a use with these options can give.
  package func answers(with options: any StageOptions) -> [StageAnswer] { narrow(options) ?? answers }

  /// What a use with these options counts on.
  package func needs(with options: any StageOptions) -> Set<StageFact> { need(options) }

  /// Builds a stage from options that ``options(from:)`` read.
  package func build(_ options: any StageOptions, _ context: StageContext) async throws -> any Stage {
    try await make(options, context)
  }
}
