import NIOCore
import TelephoneKit

/// A stub in its place on the backend track. It reads the request to its end, notes it, and answers as it was told.
struct StubStage: BackendStage {
  static let name = "stub"
  static let summary = "Answers in place of a backend."

  private let step: String
  private let log: BackendLog
  private let answer: @Sendable (Request) throws -> StubAnswer

  init(step: String, log: BackendLog, answer: @escaping @Sendable (Request) throws -> StubAnswer) {
    self.step = step
    self.log = log
    self.answer = answer
  }

  init(_ options: NoOptions, _ context: StageContext) {
    self.init(step: context.id, log: BackendLog()) { _ in StubAnswer() }
  }

  func respond(to exchange: Exchange) async throws -> Response {
    let request = exchange.request
    log.began(exchange.id, BackendCall(step: step, request))
    log.ended(exchange.id, body: try await request.body.collect(upTo: .max), trailers: request.body.trailers)
    let answer = try answer(request)
    for interim in answer.interims { try await exchange.interim(interim.status, interim.fields) }
    if answer.delay > .zero { try await Self.sleep(for: answer.delay, on: exchange.clock) }
    if let breaks = answer.breaks, breaks.point == .head { throw breaks.failure }
    return answer.response(exchange.clock)
  }

  /// Sleeps as the stub, for whom the time of a rehearsal moves.
  static func sleep(for duration: Duration, on clock: any Clock<Duration>) async throws {
    try await RehearsalClock.$sleeper.withValue(.stub) { try await clock.sleep(for: duration) }
  }
}
