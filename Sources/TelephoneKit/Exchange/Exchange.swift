public import HTTPTypes
public import Logging

/// One request and its one answer, on their way through a pipeline.
///
/// It belongs to the task of the exchange: stages are called one after the other and may change it freely, but cannot
/// hand it to another task. What an upload or a lookup needs beside that task, its ``Body`` or a value, is `Sendable`.
public final class Exchange {
  /// Names the exchange in logs and traces; on protocol 1 it is the gateway's `request_id`.
  public let id: String
  public var request: Request
  /// What stages leave for later ones, keyed by type.
  public var values = ExchangeValues()
  /// Time for all that waits: a fake one in tests and dry-runs.
  public let clock: any Clock<Duration>
  /// Names the distributed trace that the exchange belongs to (W3C Trace Context): 32 digits in hexadecimal, taken from
  /// the request's `traceparent` or made. `nil` where nobody observes exchanges, as in a dry-run.
  public let traceID: String?
  /// Notes the ``traceID``, if there is one, as `trace_id`.
  public private(set) lazy var logger: Logger = {
    guard let traceID else { return plainLogger }
    var logger = plainLogger
    logger[metadataKey: "trace_id"] = .string(traceID)
    return logger
  }()

  /// The status of the answer as it is at this moment; `nil` as long as there is none.
  public internal(set) var status: HTTPResponse.Status?
  /// The id of the step whose turn it is.
  public internal(set) var step = ""
  /// What traces hide. A stage that reads a credential from an unusual place adds that place.
  public var redaction: Redaction

  /// What is noted for those who observe exchanges; `nil`: nobody does.
  var observation: ExchangeObservation?

  private let plainLogger: Logger
  let sink: any Sink
  let executor: (any TaskExecutor)?
  var responseHooks: [Hook] = []
  var conclusions: [@Sendable (Outcome) async -> Void] = []
  var children: [Task<Void, Never>] = []

  struct Hook {
    var step: String
    var run: ResponseHook
  }

  init(
    id: String, request: Request, clock: any Clock<Duration>, logger: Logger, redaction: Redaction, sink: any Sink,
    executor: (any TaskExecutor)? = nil, traceID: String? = nil
  ) {
    self.id = id
    self.request = request
    self.clock = clock
    self.plainLogger = logger
    self.traceID = traceID
    self.redaction = redaction
    self.sink = sink
    self.executor = executor
  }
}

/// What a request stage does to the answer later, see ``Exchange/onResponse(_:)``.
public typealias ResponseHook = (_ response: inout Response, _ exchange: Exchange) async throws -> Void

extension Exchange {
  /// Touches the answer from the request track: for stages such as CORS or a cache, so that they need not stand in the
  /// file twice. Hooks run before the response stages, the last registered first, also for refusals, and stand in the
  /// trace under their stage.
  public func onResponse(_ hook: @escaping ResponseHook) {
    responseHooks.append(Hook(step: step, run: hook))
  }

  /// Runs when the exchange has ended, however it ended, before the `finally` stages: to give back a slot.
  public func onEnd(_ work: @escaping @Sendable (Outcome) async -> Void) {
    conclusions.append(work)
  }

  /// Work that may outlive the call of the stage that began it, such as an upload that goes on while the answer comes.
  /// It is cancelled and awaited when the answer has left, before the exchange ends. It runs where the exchange runs.
  public func begin(_ work: @escaping @Sendable () async -> Void) {
    children.append(Task(executorPreference: executor) { await work() })
  }

  /// Sends a 1xx head (RFC 9110, 15.2), other than 101, straight to the client.
  public func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:]) async throws {
    try await sink.interim(status, fields)
  }
}
