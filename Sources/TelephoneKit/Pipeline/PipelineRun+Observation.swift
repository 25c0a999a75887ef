extension PipelineRun {
  /// What became of the exchange, whose answer has left, as it is known now; `nil` if nobody wants to know.
  func report(of outcome: Outcome) -> ExchangeRecord? {
    guard watch != nil, let observation = exchange.observation else { return nil }
    let socket = observation.socketOctets
    let record = ExchangeRecord(
      id: exchange.id, method: observation.method, target: observation.target,
      redaction: exchange.redaction, status: outcome.status, outcome: outcome.kind, decidedBy: outcome.decidedBy,
      requestOctets: socket?.fromClient ?? observation.body.octetsRead,
      responseOctets: socket?.fromBackend ?? sink.progress.octets,
      duration: pipeline.timeline.now() - observation.began, backendDuration: observation.backendDuration,
      traceID: exchange.traceID ?? "", isWebSocket: socket != nil, protocolVersion: protocolVersion)
    recording?.end(outcome, record.duration, exchange.redaction)
    return record
  }

  /// Tells those who observe exchanges.
  func tell(_ report: ExchangeRecord?) {
    if let report { watch?.ended(report, recording) }
  }
}
