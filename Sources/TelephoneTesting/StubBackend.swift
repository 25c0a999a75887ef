public import HTTPTypes
import NIOCore
public import TelephoneKit

/// The backend of a test: an answer that is always the same, or a closure.
///
/// ```swift
/// StubBackend(status: .notFound, text: "Nothing here.")
/// StubBackend { request in Response(text: "You asked for \(request.target).") }
/// ```
public struct StubBackend: Sendable {
  /// The most octets of a request's body that the stub takes: 16 MiB.
  public static let bodyLimit = 16 << 20

  let readsBody: Bool
  let respond: @Sendable (Request) async throws -> Response

  /// Answers every request alike.
  public init(
    status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], text: String = "Hello from the backend."
  ) {
    self.init { _ in Response(status: status, fields: fields, text: text) }
  }

  /// - Parameters:
  ///   - readsBody: whether the request's body is read before the closure is called, as a backend does that answers
  ///     late; the closure then gets it in memory. Default: yes.
  ///   - respond: makes the answer. What it throws is what the backend stage throws.
  public init(readsBody: Bool = true, _ respond: @escaping @Sendable (Request) async throws -> Response) {
    self.readsBody = readsBody
    self.respond = respond
  }
}

/// A stub in its place on the backend track. It tells the log what reached it.
struct StubBackendStage: BackendStage {
  static let name = "stub-backend"
  static let summary = "Answers as a test says."
  let stub: StubBackend
  let log: ExchangeLog

  init(_ stub: StubBackend, log: ExchangeLog) {
    self.stub = stub
    self.log = log
  }

  init(_ options: NoOptions, _ context: StageContext) {
    self.init(StubBackend(), log: ExchangeLog())
  }

  func respond(to exchange: Exchange) async throws -> Response {
    log.backendCalled(exchange)
    if stub.readsBody {
      let bytes = try await exchange.request.body.collect(upTo: StubBackend.bodyLimit)
      log.backendCalled(exchange, body: bytes)
      exchange.request.body = Body(bytes, trailers: exchange.request.body.trailers)
    }
    return try await stub.respond(exchange.request)
  }
}
