/// One step of a pipeline: a Swift type that stands in a registry and is named in YAML.
///
/// A stage conforms to one of the five protocols that say on which track it works: ``RequestStage``, ``BackendStage``,
/// ``ResponseStage``, ``EmitStage``, ``FinallyStage``. It is built once from its options, then used by many exchanges
/// at once, then shut down. It knows neither its neighbours nor the tunnel.
///
/// Stages run on the event loop of the line that the exchange came by. All exchanges of that line share its thread, so a
/// stage must not block it: no lock that is held for long, no file or socket that is read while the thread waits, no
/// long computation. Use `await`, or leave such work to another thread and `await` its end.
///
/// Once the 101 of a WebSocket has left, the exchange lasts as long as the WebSocket: response stages have seen its head,
/// the emit stage has no turn, and `finally` stages run when it is over.
///
/// ```swift
/// struct RequireGreeting: RequestStage {
///   struct Options: StageOptions {
///     @Option(help: "The field that must be there.") var field = "X-Greeting"
///   }
///   static let name = "require-greeting"
///   static let summary = "Refuses requests that do not greet."
///   let field: HTTPField.Name
///
///   init(_ options: Options, _ context: StageContext) throws { … }
///
///   func process(_ exchange: Exchange) async throws -> Decision {
///     guard exchange.request.fields[field] != nil else {
///       throw Refusal(status: .badRequest, code: "no-greeting", "Say hello first.")
///     }
///     return .proceed
///   }
/// }
/// ```
public protocol Stage: Sendable {
  associatedtype Options: StageOptions = NoOptions

  /// The name in YAML, in lower case with dashes: `limit-headers`.
  static var name: String { get }
  /// One sentence for the shelf: what it does.
  static var summary: String { get }
  /// Given by the track's protocol.
  static var track: Track { get }
  /// The refusals and failures that the stage can give, for the reference. Default: none.
  static var answers: [StageAnswer] { get }
  /// Those of ``answers`` that a use with these options can give: what options rule out is left out, so that the coverage
  /// of tests does not ask for it. Default: all.
  static func answers(with options: Options) -> [StageAnswer]
  /// Whether a request stage answers each request that comes to it, so that nothing behind it is asked. Default: `false`.
  static var alwaysAnswers: Bool { get }
  /// What later stages can count on once this one has let an exchange through. Default: nothing.
  static var gives: Set<StageFact> { get }
  /// What a use with these options counts on: a check warns where no stage before it gives that. Default: nothing.
  static func needs(with options: Options) -> Set<StageFact>

  /// The shortest useful options, as they would stand under `with`, for the reference. Default: the options that must
  /// be given, with their examples.
  static var example: String? { get }

  /// Builds the stage. It may read files, open pools, and start background work that ends with it.
  ///
  /// When the pipeline of a running agent is replaced, a stage is built again only if its id, its options or the files
  /// that it reads have changed, see ``StageContext/path(_:)``. Then the old one still serves the exchanges that it has while
  /// the new one is built and used, so nothing may be held that only one can have.
  /// - Throws: ``StageBuildError``, or anything else that says why the stage cannot work.
  init(_ options: Options, _ context: StageContext) async throws

  /// Called once, when the last exchange has ended of the last pipeline that uses the stage. Default: nothing.
  func shutdown() async
}

extension Stage {
  public static var answers: [StageAnswer] { [] }
  public static func answers(with options: Options) -> [StageAnswer] { answers }
  public static var alwaysAnswers: Bool { false }
  public static var gives: Set<StageFact> { [] }
  public static func needs(with options: Options) -> Set<StageFact> { [] }
  public static var example: String? { nil }
  public func shutdown() async {}
}

/// A refusal or failure that a stage can give.
public struct StageAnswer: Sendable, Hashable {
  public var status: Int
  public var code: String
  /// When it is given, as half a sentence: `the path climbs above the root`.
  public var reason: String

  public init(_ status: Int, _ code: String, _ reason: String) {
    self.status = status
    self.code = code
    self.reason = reason
  }
}
