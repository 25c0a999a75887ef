/// The stages that a binary knows, by name. It is filled once, at the start, and then only read.
public struct StageRegistry: Sendable {
  private var types: [String: StageType] = [:]

  public init() {}

  /// - Throws: ``RegistryError`` if one of the names is taken or ill-formed.
  public init(_ stages: [any Stage.Type]) throws {
    for stage in stages { try register(stage) }
  }

  /// - Throws: ``RegistryError/nameTaken(_:)`` at the second registration of a name, ``RegistryError/badName(_:)`` for
  ///   a name that is not lower-case words with dashes, ``RegistryError/noTrack(_:)`` for a type that conforms to
  ///   `Stage` but to none of the five tracks.
  public mutating func register(_ stage: any Stage.Type) throws {
    let name = stage.name
    guard Self.isName(name) else { throw RegistryError.badName(name) }
    guard types[name] == nil else { throw RegistryError.nameTaken(name) }
    guard
      stage is any RequestStage.Type || stage is any BackendStage.Type || stage is any ResponseStage.Type
        || stage is any EmitStage.Type || stage is any FinallyStage.Type
    else { throw RegistryError.noTrack(name) }
    types[name] = try StageType(stage)
  }

  /// Whether a text can be a stage's name: words in lower case with dashes.
  package static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil }

  /// Lets files name a stage that this program does not have, with any options. It cannot be built: who uses it puts
  /// another stage in its place.
  package mutating func register(standIn name: String, on track: Track) throws {
    guard types[name] == nil else { throw RegistryError.nameTaken(name) }
    types[name] = StageType(standIn: name, on: track)
  }

  public subscript(name: String) -> StageType? { types[name] }

  /// All names, sorted.
  public var names: [String] { types.keys.sorted() }

  /// All stages, by track and then by name.
  public var all: [StageType] { types.values.sorted { ($0.track, $0.name) < ($1.track, $1.name) } }
}

/// A mistake in how a binary registers its stages.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  case nameTaken(String)
  case badName(String)
  case noTrack(String)
  case foreignOptions(stage: String)

  public var description: String {
    switch self {
    case .nameTaken(let name): "A stage named '\(name)' is registered already; choose another name."
    case .badName(let name): "'\(name)' is no stage name: use lower-case words with dashes, such as 'limit-body'."
    case .noTrack(let name):
      "The stage '\(name)' works on no track: conform to RequestStage, BackendStage, ResponseStage, EmitStage or "
        + "FinallyStage."
    case .foreignOptions(let name): "The options given to '\(name)' belong to another stage."
    }
  }
}
