import Logging
public import TelephoneKit

/// One stage, built from its options, in the smallest pipeline that it can work in.
///
/// Where the stage does not stand there is a stub: a backend that answers as the test says, and an emitter that writes
/// the answer as it is. Time stands still until the test moves ``clock``.
///
/// ```swift
/// let harness = try await StageHarness(RequireGreeting.self, options: "field: X-Hello")
/// let result = await harness.send(Request(target: "/"))
/// #expect(result.status == .badRequest)
/// #expect(result.outcome.code == "no-greeting")
/// #expect(result.requestAtBackend == nil)
/// ```
public struct StageHarness: Sendable {
  /// What the stage and its exchanges tell the time by. The date goes with it, from 2026-01-01T00:00:00Z on.
  public let clock: ManualClock
  /// The stage itself, to look at what it keeps.
  public let stage: any Stage
  private let bench: TestBench

  /// - Parameters:
  ///   - stage: the stage, of any track. Its id in the trace is its name.
  ///   - options: what would stand under `with`, in YAML; variables are not resolved. Default: no options given.
  ///   - backend: answers if the stage lets the request go on; it is not there if the stage is a backend stage.
  ///   - directory: where relative paths in options start.
  ///   - mayConnect: what the stage is told about sockets.
  ///   - prepare: called with each exchange before the stage, to leave values that an earlier stage would leave.
  /// - Throws: what is wrong with the options (``OptionProblems``) or with the YAML; what the stage's initializer
  ///   throws; ``RegistryError`` for a stage that no registry would take.
  public init(
    _ stage: any Stage.Type, options: String = "", backend: StubBackend = StubBackend(),
    clock: ManualClock = ManualClock(), directory: String = ".", mayConnect: Bool = true,
    prepare: @escaping @Sendable (Exchange) async throws -> Void = { _ in }
  ) async throws {
    try await self.init(
      stage, options: OptionInput(yaml: options), backend: backend, clock: clock, directory: directory,
      mayConnect: mayConnect, prepare: prepare)
  }

  /// The same, with the options as a literal: `["field": "X-Hello", "max": 3]`.
  public init(
    _ stage: any Stage.Type, options: OptionInput, backend: StubBackend = StubBackend(),
    clock: ManualClock = ManualClock(), directory: String = ".", mayConnect: Bool = true,
    prepare: @escaping @Sendable (Exchange) async throws -> Void = { _ in }
  ) async throws {
    guard let type = try StageRegistry([stage])[stage.name] else { throw RegistryError.noTrack(stage.name) }
    let values = try type.options(from: options)
    var redaction = Redaction()
    for secret in options.secrets(of: type) { redaction.hide(secret: secret) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let context = StageContext(
      id: type.name, clock: clock, date: clock.date, logger: logger, directory: directory, mayConnect: mayConnect)
    let built = try await BuiltStage.build(type, values, context)
    do {
      let log = ExchangeLog()
      let pipeline = try Pipeline(
        name: "test of \(type.name)",
        steps: Self.steps(around: built, on: type.track, backend: backend, log: log, prepare: prepare),
        redaction: redaction, clock: clock, logger: logger)
      self.clock = clock
      self.stage = built.stage
      self.bench = TestBench(pipeline, log: log)
    } catch {
      await BuiltStage.leave([built])
      throw error
    }
  }

  private static func steps(
    around built: BuiltStage, on track: Track, backend: StubBackend, log: ExchangeLog,
    prepare: @escaping @Sendable (Exchange) async throws -> Void
  ) -> [PipelineStep] {
    var steps = [PipelineStep(stage: Preparation(prepare)), PipelineStep(built: built)]
    if track != .backend { steps.append(PipelineStep(stage: StubBackendStage(backend, log: log))) }
    if track != .emit { steps.append(PipelineStep(stage: PlainEmitter(log: log))) }
    return steps.sorted { type(of: $0.stage).track < type(of: $1.stage).track }
  }

  /// Sends a request through, to its end. Many may be sent at once.
  public func send(
    _ request: Request = Request(), into sink: RecordingSink = RecordingSink()
  ) async -> ExchangeResult {
    await bench.send(request, into: sink)
  }

  /// Ends the stage's background work and shuts it down.
  public func shutdown() async { await bench.pipeline.shutdown() }
}
