import TelephoneKit

/// Stands in the place of a request stage.
struct MockRequestStage: RequestStage {
  static let name = "mock-request"
  static let summary = "Does what a test says."
  private let mock: StepMock

  init(_ mock: StepMock) { self.mock = mock }

  init(_ options: NoOptions, _ context: StageContext) { self.init(.proceed(nil)) }

  func process(_ exchange: Exchange) async throws -> Decision {
    if case .proceed(let claims) = mock {
      if let claims { exchange.values[Claims.self] = claims }
      return .proceed
    }
    let answer = try mock.answerOrThrow()
    if answer.delay > .zero { try await StubStage.sleep(for: answer.delay, on: exchange.clock) }
    return .answer(answer.response(exchange.clock))
  }
}

/// Stands in the place of a response stage.
struct MockResponseStage: ResponseStage {
  static let name = "mock-response"
  static let summary = "Does what a test says."
  private let mock: StepMock

  init(_ mock: StepMock) { self.mock = mock }

  init(_ options: NoOptions, _ context: StageContext) { self.init(.proceed(nil)) }

  func process(_ response: inout Response, of exchange: Exchange) async throws { _ = try mock.answerOrThrow() }
}

/// Stands in the place of a `finally` stage, and does nothing.
struct MockFinallyStage: FinallyStage {
  static let name = "mock-finally"
  static let summary = "Does nothing."

  init() {}

  init(_ options: NoOptions, _ context: StageContext) {}

  func conclude(_ exchange: Exchange, _ outcome: Outcome) async {}
}
