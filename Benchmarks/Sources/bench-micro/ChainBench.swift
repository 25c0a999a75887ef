import TelephoneKit

/// Stages that do nothing.
enum ChainBench {
  /// None first, six last.
  static let all = [
    StageRun(name: "exchange, no stage but the emitter"),
    StageRun(
      name: "exchange, six pass-through stages",
      requestStages: (1...3).map { "  - { stage: pass-request, id: request-\($0) }" }.joined(separator: "\n"),
      responseStages: (1...3).map { "  - { stage: pass-response, id: response-\($0) }" }.joined(separator: "\n")),
  ]
}

struct PassRequest: RequestStage {
  static let name = "pass-request"
  static let summary = "Does nothing."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

struct PassResponse: ResponseStage {
  static let name = "pass-response"
  static let summary = "Does nothing."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ response: inout Response, of exchange: Exchange) async throws {}
}
