package import Logging
import Synchronization

/// A chain of built stages that exchanges run through, many at once.
///
/// The order of the steps is the order in time. A pipeline is made once and then only used; ``shutdown()`` ends it. Another
/// can take its place while exchanges run, see ``LivePipeline``.
public final class Pipeline: Sendable {
  public let name: String
  /// All steps in their order.
  public let steps: [PipelineStep]
  /// What traces hide.
  public let redaction: Redaction

  let requestSteps: [TrackStep<any RequestStage>]
  let backendSteps: [TrackStep<any BackendStage>]
  let responseSteps: [TrackStep<any ResponseStage>]
  let emitStep: TrackStep<any EmitStage>
  let finallySteps: [TrackStep<any FinallyStage>]
  /// What exchanges tell the time by.
  package let clock: any Clock<Duration>
  let timeline: Timeline
  let logger: Logger
  private let isOver = Atomic(false)

  /// - Parameter redaction: what is hidden beside that which the stages want hidden.
  /// - Throws: ``PipelineError`` if the steps make no pipeline.
  package init(
    name: String, steps: [PipelineStep], redaction: Redaction = Redaction(),
    clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) throws(PipelineError) {
    var seen: Set<String> = []
    for step in steps where !seen.insert(step.id).inserted { throw PipelineError.idTaken(step.id) }
    let tracks = steps.map { type(of: $0.stage).track }
    guard zip(tracks, tracks.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw PipelineError.outOfOrder }
    let emitters = steps.compactMap { step in (step.stage as? any EmitStage).map { TrackStep(step, $0) } }
    guard let emitter = emitters.first, emitters.count == 1 else { throw PipelineError.emitters(emitters.count) }

    self.name = name
    self.steps = steps
    self.redaction = steps.reduce(into: redaction) { $0.formUnion($1.built.redaction) }
    self.requestSteps = steps.compactMap { step in (step.stage as? any RequestStage).map { TrackStep(step, $0) } }
    self.backendSteps = steps.compactMap { step in (step.stage as? any BackendStage).map { TrackStep(step, $0) } }
    self.responseSteps = steps.compactMap { step in (step.stage as? any ResponseStage).map { TrackStep(step, $0) } }
    self.emitStep = emitter
    self.finallySteps = steps.compactMap { step in (step.stage as? any FinallyStage).map { TrackStep(step, $0) } }
    self.clock = clock
    self.timeline = Timeline(clock)
    self.logger = logger
  }

  /// Runs one exchange in the caller's task, to its end. Cancelling that task abandons the exchange. An exchange that
  /// opens a WebSocket ends with it.
  /// - Parameters:
  ///   - request: as it came in.
  ///   - id: names the exchange in logs and traces.
  ///   - sink: where the answer goes.
  ///   - trace: notes every step, if given; this costs a clock reading and a comparison for each.
  ///   - executor: where the tasks run that the exchange begins: the caller's own. Default: no preference.
  /// - Returns: how it ended, after all `finally` stages.
  public func run(
    _ request: Request, id: String, into sink: any Sink, trace: TraceRecorder? = nil,
    on executor: (any TaskExecutor)? = nil
  ) async -> Outcome {
    await PipelineRun(request, id: id, through: self, into: sink, trace: trace, on: executor).run()
  }

  /// Ends the stages that no other pipeline uses: their background work, then they are shut down, the last first. The
  /// caller has seen the exchanges end. A second call does nothing.
  public func shutdown() async {
    guard !isOver.exchange(true, ordering: .relaxed) else { return }
    await BuiltStage.leave(steps.map(\.built))
  }
}

/// Steps that make no pipeline.
public enum PipelineError: Error, Equatable, CustomStringConvertible {
  case idTaken(String)
  case outOfOrder
  case emitters(Int)

  public var description: String {
    switch self {
    case .idTaken(let id): "Two steps have the id '\(id)'; give one of them another."
    case .outOfOrder: "The tracks must follow each other: request, backend, response, emit, finally."
    case .emitters(let count): "A pipeline has exactly one emit stage, not \(count)."
    }
  }
}
