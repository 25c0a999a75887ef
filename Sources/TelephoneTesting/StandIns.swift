import HTTPTypes
package import TelephoneKit

/// Writes an answer as it is: head, each buffer of the body as a chunk, end.
package struct PlainEmitter: EmitStage {
  package static let name = "emit-plainly"
  package static let summary = "Writes the answer as it is."
  let log: ExchangeLog

  init(log: ExchangeLog) { self.log = log }

  package init() { self.init(log: ExchangeLog()) }

  package init(_ options: NoOptions, _ context: StageContext) { self.init() }

  package func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    log.emitting(exchange)
    try await sink.head(response.status, response.fields)
    if exchange.request.method != .head {
      while let chunk = try await response.body.next() { try await sink.write(chunk) }
    }
    try await sink.end(response.body.trailers)
  }
}

/// Does what a test says before the first stage has its turn, such as leaving a value for it.
struct Preparation: RequestStage {
  static let name = "prepare-test"
  static let summary = "Does what a test says."
  let prepare: @Sendable (Exchange) async throws -> Void

  init(_ prepare: @escaping @Sendable (Exchange) async throws -> Void) { self.prepare = prepare }

  init(_ options: NoOptions, _ context: StageContext) { self.init { _ in } }

  func process(_ exchange: Exchange) async throws -> Decision {
    try await prepare(exchange)
    return .proceed
  }
}

/// Stands for a request stage that the test's binary does not have, and does nothing.
struct IdleRequestStage: RequestStage {
  static let name = "idle-request-stage"
  static let summary = "Does nothing."
  init(_ options: NoOptions = NoOptions()) {}
  init(_ options: NoOptions, _ context: StageContext) {}
  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
}

/// Stands for a response stage that the test's binary does not have, and does nothing.
struct IdleResponseStage: ResponseStage {
  static let name = "idle-response-stage"
  static let summary = "Does nothing."
  init(_ options: NoOptions = NoOptions()) {}
  init(_ options: NoOptions, _ context: StageContext) {}
  func process(_ response: inout Response, of exchange: Exchange) async throws {}
}

/// Stands for a `finally` stage that the test's binary does not have, and does nothing.
struct IdleFinallyStage: FinallyStage {
  static let name = "idle-finally-stage"
  static let summary = "Does nothing."
  init(_ options: NoOptions = NoOptions()) {}
  init(_ options: NoOptions, _ context: StageContext) {}
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async {}
}
