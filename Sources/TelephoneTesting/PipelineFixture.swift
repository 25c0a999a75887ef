import Logging
import PipelineFile
public import TelephoneKit

/// A whole pipeline from a file, with a stub in the place of its backends.
///
/// ```swift
/// let fixture = try await PipelineFixture(
///   """
///   pipeline: greeting
///   stages:
///     - stage: require-greeting
///       with: { field: X-Hello }
///     - stage: forward
///       with: { to: "http://127.0.0.1:8080" }
///     - emit-chunks
///   """, stages: [RequireGreeting.self])
/// let result = await fixture.send(Request(target: "/"))
/// #expect(result.outcome.decidedBy == "require-greeting")
/// ```
public struct PipelineFixture: Sendable {
  /// Stages that a file may name though they are not given to the fixture: a stand-in with any options takes the place
  /// of each. On the backend track that is the stub, on the emit track one that writes the answer as it is, on the
  /// other tracks one that does nothing.
  public static let usualStandIns: [String: Track] = ["forward": .backend, "emit-chunks": .emit]

  /// What all stages and exchanges tell the time by. The date goes with it, from 2026-01-01T00:00:00Z on.
  public let clock: ManualClock
  private let bench: TestBench

  /// Loads a text.
  /// - Parameters:
  ///   - yaml: the file.
  ///   - stages: the stage types that it can name.
  ///   - standIns: the names of other stages that it may name, see ``usualStandIns``. One that is among `stages` counts
  ///     as given.
  ///   - variables: what is set outside. A variable that is not in it is its example or default in the file.
  ///   - files: what can be included, by path.
  ///   - backend: takes the place of every backend stage; `nil`: those of the file are built.
  /// - Throws: all that is wrong with the file, each fault with its line, as one error whose description shows them.
  public init(
    _ yaml: String, stages: [any Stage.Type], standIns: [String: Track] = usualStandIns,
    variables: [String: String] = [:], files: [String: String] = [:], backend: StubBackend? = StubBackend(),
    clock: ManualClock = ManualClock()
  ) async throws {
    let loader = PipelineLoader(
      registry: try Self.registry(stages, standIns), mode: .check, variables: { variables[$0] },
      reader: MemoryFileReader(files))
    let checked = try loader.load(text: yaml)
    try await self.init(checked, standIns: Self.names(standIns, without: stages), backend: backend, clock: clock)
  }

  /// Loads a file of this machine, and what it includes.
  public init(
    contentsOf path: String, stages: [any Stage.Type], standIns: [String: Track] = usualStandIns,
    variables: [String: String] = [:], backend: StubBackend? = StubBackend(), clock: ManualClock = ManualClock()
  ) async throws {
    let loader = PipelineLoader(
      registry: try Self.registry(stages, standIns), mode: .check, variables: { variables[$0] })
    let checked = try loader.load(path: path)
    try await self.init(checked, standIns: Self.names(standIns, without: stages), backend: backend, clock: clock)
  }

  private init(
    _ checked: CheckedPipeline, standIns: Set<String>, backend: StubBackend?, clock: ManualClock
  ) async throws {
    let log = ExchangeLog()
    let pipeline = try await checked.build(
      clock: clock, date: clock.date, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
      step in
      let isStandIn = standIns.contains(step.stageName)
      switch step.type.track {
      case .backend:
        guard isStandIn || backend != nil else { return nil }
        return StubBackendStage(backend ?? StubBackend(), log: log)
      case .emit: return isStandIn ? PlainEmitter(log: log) : nil
      case .request: return isStandIn ? IdleRequestStage() : nil
      case .response: return isStandIn ? IdleResponseStage() : nil
      case .finally: return isStandIn ? IdleFinallyStage() : nil
      }
    }
    self.clock = clock
    self.bench = TestBench(pipeline, log: log)
  }

  private static func names(_ standIns: [String: Track], without stages: [any Stage.Type]) -> Set<String> {
    Set(standIns.keys).subtracting(stages.map { $0.name })
  }

  private static func registry(
    _ stages: [any Stage.Type], _ standIns: [String: Track]
  ) throws -> StageRegistry {
    var registry = try StageRegistry(stages)
    for (name, track) in standIns where registry[name] == nil { try registry.register(standIn: name, on: track) }
    return registry
  }

  /// Sends a request through, to its end. Many may be sent at once.
  public func send(
    _ request: Request = Request(), into sink: RecordingSink = RecordingSink()
  ) async -> ExchangeResult {
    await bench.send(request, into: sink)
  }

  /// Ends the background work of the stages and shuts them down.
  public func shutdown() async { await bench.pipeline.shutdown() }
}
