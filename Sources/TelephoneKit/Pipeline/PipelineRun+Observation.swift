import HTTPTypes

extension PipelineRun {
  /// What is noted from now on, if anybody observes exchanges.
  func observe(_ request: Request) -> ExchangeObservation? {
    guard let watch else { return nil }
    watch.began()
    return ExchangeObservation(
      method: request.method.rawValue, target: request.target, body: request.body, began: pipeline.timeline.now())
  }

  /// What became of an exchange whose answer has left; `nil` if nobody wants to know.
  func record(_ exchange: Exchange, _ outcome: Outcome) -> ExchangeRecord? {
    guard let observation = exchange.observation else { return nil }
    let socket = observation.socketOctets
    return ExchangeRecord(
      id: exchange.id, method: observation.method, target: observation.target,
      redaction: exchange.redaction, status: outcome.status, outcome: outcome.kind, decidedBy: outcome.decidedBy,
      requestOctets: socket?.fromClient ?? observation.body.octetsRead,
      responseOctets: socket?.fromBackend ?? sink.progress.octets,
      duration: pipeline.timeline.now() - observation.began, backendDuration: observation.backendDuration,
      traceID: exchange.traceID ?? "", isWebSocket: socket != nil, protocolVersion: protocolVersion)
  }
}
