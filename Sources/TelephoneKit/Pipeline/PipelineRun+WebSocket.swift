extension PipelineRun {
  /// In place of the emit stage: opens the client's end and joins it with the backend's until both have closed.
  func splice(_ answer: Answer, with backend: any WebSocketPeer) async -> Outcome {
    let step = pipeline.emitStep
    exchange.step = step.id
    let span = trace?.begin(exchange, answer.response)
    let client: any WebSocketPeer
    do {
      client = try await sink.upgrade(answer.response.fields)
    } catch {
      span?.end(step, .emit, failed: error, exchange)
      await backend.abort(error)
      if Task.isCancelled || error is ClientGone { return await abandon() }
      return await breakOff(error)
    }
    let splice = WebSocketSplice(client: client, backend: backend, clock: pipeline.clock)
    let ending = await splice.run()
    let counts = splice.progress.counts
    exchange.observation?.socketOctets = (counts.octetsFromClient, counts.octetsFromBackend)
    switch ending {
    case .closed:
      span?.end(
        step, .emit, .spliced(fromClient: counts.fromClient, fromBackend: counts.fromBackend), exchange)
      return answer.outcome
    case .gone(.client, _), .late(.client), .cancelled:
      span?.end(step, .emit, failed: CancellationError(), exchange)
      return Outcome(.abandoned, status: answer.outcome.status)
    case .gone(.backend, _), .late(.backend):
      let failure = ending.failure ?? Failure.unexpected(CancellationError())
      span?.end(step, .emit, failed: failure, exchange)
      var outcome = self.answer(to: failure).outcome
      outcome.status = answer.outcome.status
      outcome.decidedBy = answer.outcome.decidedBy
      return outcome
    }
  }
}
