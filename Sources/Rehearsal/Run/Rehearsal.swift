package import Logging
package import PipelineFile
import Synchronization
package import TelephoneKit

/// A pipeline that is built to be tried: a stub answers in the place of every backend, no stage opens a socket, and time
/// stands still until it is moved, by hand or because all wait for it. Its stages are its own, so what they count begins
/// anew with each rehearsal.
///
/// ```swift
/// let rehearsal = try await Rehearsal(checked, RehearsalPlan(start: date), logger: logger)
/// let first = await rehearsal.send(RequestDraft(target: "/limited"))
/// await rehearsal.advance(by: .seconds(10))
/// let second = await rehearsal.send(RequestDraft(target: "/limited"))
/// await rehearsal.shutdown()
/// ```
package final class Rehearsal: Sendable {
  /// Many may be sent at once.
  package let pipeline: Pipeline
  /// `nil` with a live backend.
  package let clock: RehearsalClock?
  private let stub: SharedStub
  private let log = BackendLog()
  private let count = Atomic(0)

  /// Builds the stages.
  /// - Throws: `PipelineFileError` with the faults of all stages that could not be built.
  package init(_ checked: CheckedPipeline, _ plan: RehearsalPlan, logger: Logger) async throws {
    let (log, stub) = (log, SharedStub())
    self.stub = stub
    let mock = { @Sendable (step: CheckedStep) in try plan.mocks[step.id]?.stage(for: step, log: log) }
    switch plan.backend {
    case .live:
      clock = nil
      pipeline = try await checked.build(logger: logger, substitute: mock)
    case .stub(let first):
      stub.replace(first)
      let clock = RehearsalClock(start: plan.start)
      self.clock = clock
      pipeline = try await checked.build(
        clock: clock, date: { clock.date }, logger: logger, mayConnect: false, filesOfURLs: plan.filesOfURLs,
        executor: clock,
        substitute: { step in
          if let mock = try mock(step) { return mock }
          guard step.type.track == .backend else { return nil }
          return StubStage(step: step.id, log: log) { stub.answer(to: $0) }
        })
    }
  }

  /// Sends a request through, to its end. Cancelling the task abandons the exchange.
  /// - Parameter onEntry: called with each entry of the trace as it happens.
  package func send(
    _ draft: RequestDraft, onEntry: (@Sendable (TraceEntry) -> Void)? = nil
  ) async -> RehearsalResult {
    let id = "rehearsal-\(count.add(1, ordering: .relaxed).newValue)"
    let trace = TraceRecorder(onEntry: onEntry)
    let sink = AnswerSink()
    let elapsed = stopwatch(pipeline.clock)
    let outcome: Outcome
    if let clock {
      outcome = await RehearsalClock.$sleeper.withValue(.stage) {
        await withTaskExecutorPreference(clock) {
          await pipeline.run(draft.request, id: id, into: sink, trace: trace, on: clock)
        }
      }
    } else {
      outcome = await pipeline.run(draft.request, id: id, into: sink, trace: trace)
    }
    return RehearsalResult(
      request: draft, outcome: outcome, trace: trace.entries, answer: sink.answer, backendCalls: log.take(id),
      elapsed: elapsed(), redaction: pipeline.redaction)
  }

  /// Moves the time on; with a live backend nothing happens.
  package func advance(by duration: Duration) async { await clock?.advance(by: duration) }

  /// What the stub says from now on.
  package func replaceStub(_ plan: StubPlan) { stub.replace(plan) }

  /// Ends the background work of the stages and shuts them down.
  package func shutdown() async { await pipeline.shutdown() }
}

/// The stub of a rehearsal, which can become another one.
private final class SharedStub: Sendable {
  private let plan = Mutex(StubPlan())

  func replace(_ other: StubPlan) { plan.withLock { $0 = other } }

  func answer(to request: Request) -> StubAnswer { plan.withLock { $0 }.answer(to: request) }
}
