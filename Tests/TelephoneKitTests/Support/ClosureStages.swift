import HTTPTypes
import TelephoneKit

/// Stages that do what a test says, one for each track.
struct Ask: RequestStage {
  typealias Work = @Sendable (Exchange) async throws -> Decision
  static let name = "ask"
  static let summary = "Asks."
  let work: Work
  init(_ work: @escaping Work) { self.work = work }
  init(_ options: NoOptions, _ context: StageContext) { self.init { _ in .proceed } }
  func process(_ exchange: Exchange) async throws -> Decision { try await work(exchange) }
}

struct Serve: BackendStage {
  typealias Work = @Sendable (Exchange) async throws -> Response
  static let name = "serve"
  static let summary = "Serves."
  let work: Work
  init(_ work: @escaping Work) { self.work = work }
  init(_ options: NoOptions, _ context: StageContext) { self.init { _ in Response() } }
  func respond(to exchange: Exchange) async throws -> Response { try await work(exchange) }
}

struct Touch: ResponseStage {
  typealias Work = @Sendable (inout Response, Exchange) async throws -> Void
  static let name = "touch"
  static let summary = "Touches."
  let work: Work
  init(_ work: @escaping Work) { self.work = work }
  init(_ options: NoOptions, _ context: StageContext) { self.init { _, _ in } }
  func process(_ response: inout Response, of exchange: Exchange) async throws { try await work(&response, exchange) }
}

struct Write: EmitStage {
  typealias Work = @Sendable (Response, Exchange, any Sink) async throws -> Void
  static let name = "write"
  static let summary = "Writes."
  let work: Work
  init(_ work: @escaping Work) { self.work = work }
  init(_ options: NoOptions, _ context: StageContext) { self.init(Self.plainly) }
  func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    try await work(response, exchange, sink)
  }

  static let plainly: Work = { response, _, sink in
    try await sink.head(response.status, response.fields)
    while let chunk = try await response.body.next() { try await sink.write(chunk) }
    try await sink.end(response.body.trailers)
  }
}

struct Conclude: FinallyStage {
  typealias Work = @Sendable (Exchange, Outcome) async -> Void
  static let name = "conclude"
  static let summary = "Concludes."
  let work: Work
  init(_ work: @escaping Work) { self.work = work }
  init(_ options: NoOptions, _ context: StageContext) { self.init { _, _ in } }
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async { await work(exchange, outcome) }
}

extension PipelineStep {
  static func request(_ id: String, when condition: Matching? = nil, _ work: @escaping Ask.Work) -> PipelineStep {
    PipelineStep(id: id, stage: Ask(work), condition: condition)
  }

  static func backend(_ id: String = "backend", when condition: Matching? = nil, _ work: @escaping Serve.Work)
    -> PipelineStep
  {
    PipelineStep(id: id, stage: Serve(work), condition: condition)
  }

  static func response(_ id: String, when condition: Matching? = nil, _ work: @escaping Touch.Work) -> PipelineStep {
    PipelineStep(id: id, stage: Touch(work), condition: condition)
  }

  static func emit(_ work: @escaping Write.Work = Write.plainly) -> PipelineStep {
    PipelineStep(id: "emit", stage: Write(work))
  }

  static func finally(_ id: String = "finally", when condition: Matching? = nil, _ work: @escaping Conclude.Work)
    -> PipelineStep
  {
    PipelineStep(id: id, stage: Conclude(work), condition: condition)
  }
}

/// A condition from a closure.
struct Matching: Condition {
  let description: String
  let test: @Sendable (Exchange) -> Bool

  init(_ description: String, _ test: @escaping @Sendable (Exchange) -> Bool) {
    self.description = description
    self.test = test
  }

  static func path(_ path: String) -> Matching { Matching("path \(path)") { $0.request.path == path } }

  func matches(_ exchange: Exchange) -> Bool { test(exchange) }
}
