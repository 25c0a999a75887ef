import HTTPTypes
import Logging

/// The way of one exchange through a pipeline. Tracing, timing and the care for bodies live here and nowhere else.
///
/// A class, and what it knows is not passed on from method to method: an exchange may last for hours, and what its methods
/// hold meanwhile is memory of every open stream. What makes large values is not inlined, so that the frame of each
/// asynchronous method is small (``TaskMemory``).
final class PipelineRun {
  let pipeline: Pipeline
  let exchange: Exchange
  let sink: GuardedSink
  let trace: TraceRecorder?
  let executor: (any TaskExecutor)?
  let watch: ExchangeWatch?
  let recording: ExchangeRecording?
  let protocolVersion: Int?
  /// The trace that was begun for the request. The backend is told of it; no stage sees a field that no client sent.
  private var newTrace: TraceContext?

  /// The answer on its way, and what is known of how the exchange will end. An object, so that the methods it passes
  /// through hold no copies of it.
  final class Answer {
    var response: Response
    var outcome: Outcome

    init(response: Response, outcome: Outcome) {
      self.response = response
      self.outcome = outcome
    }
  }

  /// The exchange begins. ``run()`` must follow.
  @inline(never)
  init(
    _ request: consuming Request, id: String, through pipeline: Pipeline, into sink: any Sink, trace: TraceRecorder?,
    on executor: (any TaskExecutor)?, watch: ExchangeWatch? = nil, protocolVersion: Int? = nil
  ) {
    self.pipeline = pipeline
    self.trace = trace
    self.executor = executor
    self.watch = watch
    self.protocolVersion = protocolVersion
    if let recorder = watch?.recorder {
      let recording = ExchangeRecording(copy request, id: id, pipeline: pipeline.name, for: recorder)
      self.sink = GuardedSink(recording.tap(sink))
      request = recording.tap(request)
      self.recording = recording
    } else {
      self.sink = GuardedSink(sink)
      recording = nil
    }
    var observation: ExchangeObservation?
    var traceID: String?
    if let watch {
      observation = watch.observe(request, at: pipeline.timeline.now())
      let context = watch.trace(request)
      traceID = context.traceID
      if context.isNew { newTrace = context }
    }
    exchange = Exchange(
      id: id, request: request, clock: pipeline.clock, logger: pipeline.logger, redaction: pipeline.redaction,
      sink: self.sink, executor: executor, traceID: traceID)
    exchange.observation = observation
  }

  /// Called once.
  func run() async -> Outcome {
    await TaskMemory.reserve()
    var bodies = KeptBodies(exchange.request.body)
    let outcome = await answer(&bodies)
    await bodies.close()
    for child in exchange.children { child.cancel() }
    for child in exchange.children { await child.value }
    if hasConclusions { await reportAndConclude(outcome) } else { tell(report(of: outcome)) }
    return outcome
  }

  /// From the request stages to the last octet.
  private func answer(_ bodies: inout KeptBodies) async -> Outcome {
    var answer: Answer
    do {
      if let early = try await requestTrack(&bodies) {
        answer = early
      } else {
        answer = try await backendAnswer(&bodies)
      }
    } catch {
      if Task.isCancelled || error is ClientGone { return await abandon() }
      answer = self.answer(to: error)
    }
    exchange.status = answer.response.status
    bodies.keep(answer.response)
    if !exchange.responseHooks.isEmpty || !pipeline.responseSteps.isEmpty { await responseTrack(answer, &bodies) }
    if Task.isCancelled { return await abandon() }
    guard bodies.webSocket != nil else { return await emit(answer) }
    if answer.response.status == .switchingProtocols, let backend = answer.response.webSocket {
      bodies.handOverWebSocket()
      return await splice(answer, with: backend)
    }
    await bodies.dropWebSocket()
    return await emit(answer)
  }

  func abandon() async -> Outcome {
    await sink.abort(CancellationError())
    return Outcome(.abandoned, status: exchange.status?.code)
  }

  /// - Returns: the answer of a request stage; `nil` if all let the request pass.
  private func requestTrack(_ bodies: inout KeptBodies) async throws -> Answer? {
    for step in pipeline.requestSteps {
      try Task.checkCancellation()
      guard begins(step, .request) else { continue }
      let span = trace?.begin(exchange, condition: step.condition)
      do {
        let decision = try await step.stage.process(exchange)
        bodies.keep(exchange.request.body)
        if case .answer(let response) = decision { return answer(response, of: step, .request, span) }
        span?.end(step, .request, .passed, exchange)
      } catch {
        bodies.keep(exchange.request.body)
        span?.end(step, .request, failed: error, exchange)
        throw error
      }
    }
    return nil
  }

  private func backendAnswer(_ bodies: inout KeptBodies) async throws -> Answer {
    for step in pipeline.backendSteps {
      try Task.checkCancellation()
      guard begins(step, .backend) else { continue }
      let span = trace?.begin(exchange, condition: step.condition)
      let began = pipeline.timeline.now()
      writeTrace()
      do {
        let response = try await step.stage.respond(to: exchange)
        noteBackend(since: began)
        bodies.keep(exchange.request.body)
        return answer(response, of: step, .backend, span)
      } catch {
        bodies.keep(exchange.request.body)
        span?.end(step, .backend, failed: error, exchange)
        throw error
      }
    }
    exchange.step = ""
    throw Self.noBackend
  }

  private static let noBackend = Refusal(
    status: .notFound, code: "no-backend", "Nothing here answers this request.")

  @inline(never)
  private func writeTrace() { newTrace.take()?.write(to: &exchange.request.fields) }

  @inline(never)
  private func noteBackend(since began: Duration) {
    exchange.observation?.backendDuration = pipeline.timeline.now() - began
  }

  /// What a stage has answered.
  @inline(never)
  private func answer<S>(_ response: Response, of step: TrackStep<S>, _ track: Track, _ span: TraceSpan?) -> Answer {
    span?.end(step, track, .answered(response.status.code), exchange)
    return Answer(
      response: response, outcome: Outcome(.delivered, status: response.status.code, decidedBy: step.id))
  }

  /// Hooks, then response stages. What fails replaces the answer, which goes on at the next.
  private func responseTrack(_ answer: Answer, _ bodies: inout KeptBodies) async {
    for hook in exchange.responseHooks.reversed() {
      exchange.step = hook.step
      let span = trace?.begin(exchange, answer.response)
      let failure = await change(answer) { try await hook.run(&$0, exchange) }
      if let failure {
        span?.end(hookOf: hook.step, failed: failure, exchange, answer.response)
      } else {
        span?.end(hookOf: hook.step, .passed, exchange, answer.response)
      }
      if !goesOn(answer, after: failure, &bodies) { return }
    }
    for step in pipeline.responseSteps {
      guard begins(step, .response) else { continue }
      let span = trace?.begin(exchange, answer.response, condition: step.condition)
      let failure = await change(answer) { try await step.stage.process(&$0, of: exchange) }
      if let failure {
        span?.end(step, .response, failed: failure, exchange, answer.response)
      } else {
        span?.end(step, .response, .passed, exchange, answer.response)
      }
      if !goesOn(answer, after: failure, &bodies) { return }
    }
  }

  /// Lends the response to a hook or a stage. What it has changed stays, also if it fails.
  /// - Returns: its error.
  private func change(_ answer: Answer, _ work: (inout Response) async throws -> Void) async -> (any Error)? {
    // In a variable of its own: what is an object's is not lent to somebody who waits.
    var response = answer.response
    defer { answer.response = response }
    do {
      try await work(&response)
      return nil
    } catch {
      return error
    }
  }

  /// - Returns: `false` if nobody waits for the answer any more.
  @inline(never)
  private func goesOn(_ answer: Answer, after failure: (any Error)?, _ bodies: inout KeptBodies) -> Bool {
    if let failure {
      bodies.keep(answer.response)
      if Task.isCancelled { return false }
      let failed = self.answer(to: failure)
      answer.response = failed.response
      answer.outcome = failed.outcome
    }
    exchange.status = answer.response.status
    answer.outcome.status = answer.response.status.code
    bodies.keep(answer.response)
    return true
  }

  private func emit(_ answer: Answer) async -> Outcome {
    let step = pipeline.emitStep
    exchange.step = step.id
    let span = trace?.begin(exchange, answer.response)
    do {
      try await step.stage.emit(answer.response, of: exchange, into: sink)
      guard sink.progress.isOver, !sink.progress.wasAborted else {
        throw SinkOrderError(sentence: "The emit stage left before the end.")
      }
      span?.end(step, .emit, .emitted(chunks: sink.progress.chunks, octets: sink.progress.octets), exchange)
      return answer.outcome
    } catch {
      span?.end(step, .emit, failed: error, exchange)
      if Task.isCancelled || error is ClientGone { return await abandon() }
      return await breakOff(error)
    }
  }

  /// An error while emitting: a plain answer if nothing has left yet, else the answer is cut off.
  func breakOff(_ error: any Error) async -> Outcome {
    let failed = answer(to: error)
    // A body that hits a limit while it is pulled is a refusal of the stage that set the limit, but no longer one that
    // the client can be given whole.
    var outcome = failed.outcome
    outcome.kind = .failed
    guard !sink.progress.headLeft else {
      await sink.abort(error)
      return outcome
    }
    do {
      let plain = failed.response
      exchange.status = plain.status
      try await sink.head(plain.status, plain.fields)
      if exchange.request.method != .head, let bytes = plain.body.unreadMemory { try await sink.write(bytes) }
      try await sink.end(nil)
    } catch {
      await sink.abort(error)
    }
    return outcome
  }

  /// The answer and the outcome that an error stands for.
  func answer(to error: any Error) -> Answer {
    let known = (error as? any ExchangeError) ?? Failure.unexpected(error)
    if let cause = known.cause {
      exchange.logger.warning(
        "exchange failed",
        metadata: [
          "exchange": "\(exchange.id)", "step": "\(exchange.step)", "code": "\(known.code)",
          "cause": "\(exchange.redaction.shown(String(describing: cause)))",
        ])
    }
    let outcome = Outcome(
      known is Refusal ? .refused : .failed, status: known.status.code, code: known.code,
      decidedBy: known.decidedBy ?? (exchange.step.isEmpty ? nil : exchange.step))
    return Answer(response: known.response, outcome: outcome)
  }

  /// Whether a step takes part, and if so makes it its turn.
  @inline(never)
  func begins<S>(_ step: TrackStep<S>, _ track: Track) -> Bool {
    exchange.step = step.id
    guard step.isConditional, let condition = step.condition, !condition.matches(exchange) else { return true }
    trace?.skip(step, track, condition, exchange)
    return false
  }
}
