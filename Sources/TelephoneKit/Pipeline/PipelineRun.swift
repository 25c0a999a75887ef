import HTTPTypes
import Logging

/// The way of one exchange through a pipeline. Tracing, timing and the care for bodies live here and nowhere else.
struct PipelineRun {
  /// How long `finally` stages may take, together.
  static let conclusionLimit = Duration.seconds(5)

  let pipeline: Pipeline
  let sink: GuardedSink
  let trace: TraceRecorder?

  /// The answer on its way, and what is known of how the exchange will end.
  struct Answer {
    var response: Response
    var outcome: Outcome
  }

  init(pipeline: Pipeline, sink: any Sink, trace: TraceRecorder?) {
    self.pipeline = pipeline
    self.sink = GuardedSink(sink)
    self.trace = trace
  }

  func run(_ request: Request, id: String) async -> Outcome {
    let exchange = Exchange(
      id: id, request: request, clock: pipeline.clock, logger: pipeline.logger, redaction: pipeline.redaction,
      sink: sink)
    var bodies = Bodies()
    bodies.keep(request.body)
    let outcome = await answer(exchange, &bodies)
    await bodies.close()
    for child in exchange.children { child.cancel() }
    for child in exchange.children { await child.value }
    await conclude(exchange, outcome)
    return outcome
  }

  /// From the request stages to the last octet.
  private func answer(_ exchange: Exchange, _ bodies: inout Bodies) async -> Outcome {
    var answer: Answer
    do {
      answer = try await requestTrack(exchange, &bodies)
    } catch {
      if Task.isCancelled || error is ClientGone { return await abandon(exchange) }
      answer = self.answer(to: error, exchange)
    }
    exchange.status = answer.response.status
    bodies.keep(answer.response.body)
    await responseTrack(exchange, &answer, &bodies)
    if Task.isCancelled { return await abandon(exchange) }
    return await emit(exchange, answer)
  }

  private func abandon(_ exchange: Exchange) async -> Outcome {
    await sink.abort(CancellationError())
    return Outcome(.abandoned, status: exchange.status?.code)
  }

  private func requestTrack(_ exchange: Exchange, _ bodies: inout Bodies) async throws -> Answer {
    for step in pipeline.requestSteps {
      try Task.checkCancellation()
      guard begins(step, .request, exchange) else { continue }
      let span = trace?.begin(exchange)
      do {
        let decision = try await step.stage.process(exchange)
        bodies.keep(exchange.request.body)
        switch decision {
        case .proceed:
          span?.end(step, .request, .passed, exchange)
        case .answer(let response):
          span?.end(step, .request, .answered(response.status.code), exchange)
          return Answer(
            response: response,
            outcome: Outcome(.delivered, status: response.status.code, decidedBy: step.id))
        }
      } catch {
        bodies.keep(exchange.request.body)
        span?.end(step, .request, TraceEntry.Verdict(error), exchange)
        throw error
      }
    }
    for step in pipeline.backendSteps {
      try Task.checkCancellation()
      guard begins(step, .backend, exchange) else { continue }
      let span = trace?.begin(exchange)
      do {
        let response = try await step.stage.respond(to: exchange)
        bodies.keep(exchange.request.body)
        span?.end(step, .backend, .answered(response.status.code), exchange)
        return Answer(
          response: response, outcome: Outcome(.delivered, status: response.status.code, decidedBy: step.id))
      } catch {
        bodies.keep(exchange.request.body)
        span?.end(step, .backend, TraceEntry.Verdict(error), exchange)
        throw error
      }
    }
    exchange.step = ""
    throw Refusal(status: .notFound, code: "no-backend", "Nothing here answers this request.")
  }

  /// Hooks, then response stages. What fails replaces the answer, which goes on at the next.
  private func responseTrack(_ exchange: Exchange, _ answer: inout Answer, _ bodies: inout Bodies) async {
    for hook in exchange.responseHooks.reversed() {
      exchange.step = hook.step
      let span = trace?.begin(exchange, answer.response)
      do {
        try await hook.run(&answer.response, exchange)
        span?.end(hookOf: hook.step, .passed, exchange, answer.response)
      } catch {
        span?.end(hookOf: hook.step, TraceEntry.Verdict(error), exchange, answer.response)
        bodies.keep(answer.response.body)
        if Task.isCancelled { return }
        answer = self.answer(to: error, exchange)
      }
      settle(exchange, &answer, &bodies)
    }
    for step in pipeline.responseSteps {
      guard begins(step, .response, exchange) else { continue }
      let span = trace?.begin(exchange, answer.response)
      do {
        try await step.stage.process(&answer.response, of: exchange)
        span?.end(step, .response, .passed, exchange, answer.response)
      } catch {
        span?.end(step, .response, TraceEntry.Verdict(error), exchange, answer.response)
        bodies.keep(answer.response.body)
        if Task.isCancelled { return }
        answer = self.answer(to: error, exchange)
      }
      settle(exchange, &answer, &bodies)
    }
  }

  private func settle(_ exchange: Exchange, _ answer: inout Answer, _ bodies: inout Bodies) {
    exchange.status = answer.response.status
    answer.outcome.status = answer.response.status.code
    bodies.keep(answer.response.body)
  }

  private func emit(_ exchange: Exchange, _ answer: Answer) async -> Outcome {
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
      span?.end(step, .emit, TraceEntry.Verdict(error), exchange)
      if Task.isCancelled || error is ClientGone { return await abandon(exchange) }
      return await breakOff(exchange, error)
    }
  }

  /// An error while emitting: a plain answer if nothing has left yet, else the answer is cut off.
  private func breakOff(_ exchange: Exchange, _ error: any Error) async -> Outcome {
    let failed = answer(to: error, exchange)
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
  private func answer(to error: any Error, _ exchange: Exchange) -> Answer {
    let known = (error as? any ExchangeError) ?? Failure.unexpected(error)
    if let cause = known.cause {
      pipeline.logger.warning(
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
  private func begins<S>(_ step: TrackStep<S>, _ track: Track, _ exchange: Exchange) -> Bool {
    exchange.step = step.id
    guard let condition = step.condition, !condition.matches(exchange) else { return true }
    trace?.skip(step, track, condition, exchange)
    return false
  }

  /// The `finally` stages, in a task that nobody cancels but the limit.
  private func conclude(_ exchange: Exchange, _ outcome: Outcome) async {
    guard !exchange.conclusions.isEmpty || !pipeline.finallySteps.isEmpty else { return }
    // The run has ended: from now on nobody but this task touches the exchange.
    let id = exchange.id
    nonisolated(unsafe) let exchange = exchange
    let work = Task {
      for conclusion in exchange.conclusions { await conclusion(outcome) }
      for step in pipeline.finallySteps where begins(step, .finally, exchange) {
        let span = trace?.begin(exchange)
        await step.stage.conclude(exchange, outcome)
        span?.end(step, .finally, .passed, exchange)
      }
    }
    if await !ended(work, within: Self.conclusionLimit) {
      pipeline.logger.warning("finally stages took too long and were left behind", metadata: ["exchange": "\(id)"])
    }
  }

  /// Waits for a task, at most for a time; then it is cancelled, and a second later no longer waited for.
  private func ended(_ work: Task<Void, Never>, within limit: Duration) async -> Bool {
    let clock = pipeline.clock
    let (ends, end) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
    Task {
      await work.value
      end.yield(true)
    }
    let timer = Task {
      try await clock.sleep(for: limit)
      work.cancel()
      try await clock.sleep(for: .seconds(1))
      end.yield(false)
    }
    defer { timer.cancel() }
    // A task of its own, so that a caller who is cancelled waits as well.
    return await Task { await ends.first { _ in true } ?? true }.value
  }
}

/// The bodies that an exchange has had, so that each is closed in the end.
private struct Bodies {
  private var kept: [Body] = []

  mutating func keep(_ body: Body) {
    if kept.last !== body, !kept.contains(where: { $0 === body }) { kept.append(body) }
  }

  func close() async {
    for body in kept.reversed() { await body.close() }
  }
}
