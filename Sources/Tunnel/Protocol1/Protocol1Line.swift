import HTTPTypes
package import Logging
package import PhoenixChannels
import Synchronization
package import TelephoneKit

/// The telephone's side of protocol 1 on one joined channel: each `proxy_req` becomes an exchange of its own, and its
/// answer a `proxy_res`; each `ws_connect` one that lasts as long as its WebSocket. No exchange waits for another.
package final class Protocol1Line: ExchangeLine {
  struct State {
    /// The exchanges that run, and their tasks as soon as these are known.
    var running: [Int: Task<Void, Never>?] = [:]
    var connections: [String: Connection] = [:]
    var nextID = 0
    var isDraining = false
    var isLost = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// Called with each exchange before it begins; the recorder it gives notes the exchange's steps.
  package typealias Tracer = @Sendable (_ id: String, _ request: Request) -> TraceRecorder?

  let channel: any Protocol1Channel
  let pipeline: LivePipeline
  let settings: Protocol1Settings
  let counters: TunnelCounters
  let logger: Logger
  let executor: (any TaskExecutor)?
  /// What is answered without an exchange.
  let answers: SideAnswers
  let state = Mutex(State())
  private let tracer: Tracer?
  private let watch: ExchangeWatch?

  /// - Parameters:
  ///   - executor: where exchanges run: that of the channel's socket. Default: no preference.
  ///   - watch: is told of the exchanges. Default: nobody is.
  package init(
    channel: any Protocol1Channel, pipeline: LivePipeline, settings: Protocol1Settings, counters: TunnelCounters,
    logger: Logger, tracer: Tracer? = nil, executor: (any TaskExecutor)? = nil,
    watch: ExchangeWatch? = nil
  ) {
    self.channel = channel
    self.pipeline = pipeline
    self.settings = settings
    self.counters = counters
    self.logger = logger
    self.tracer = tracer
    self.executor = executor
    answers = SideAnswers(on: executor)
    self.watch = watch
  }

  /// The exchanges that run now, WebSockets among them.
  package var inFlight: Int { state.withLock { $0.running.count } }

  /// Takes a message of the channel. It never throws: protocol 1 has no framing that could break.
  package func receive(_ message: PhoenixMessage) async {
    guard let payload = message.json else {
      counters.count { $0.malformed += 1 }
      return
    }
    await receive(event: message.event, payload: payload)
  }

  /// Takes an event. It returns when the exchange that it begins waits for something; a refusal is not waited for, but for
  /// too many of them.
  package func receive(event: String, payload: JSONValue) async {
    await answers.untilFew()
    switch event {
    case "proxy_req": receiveRequest(payload)
    case "ws_connect": receiveConnect(payload)
    case "ws_check": receiveCheck(payload)
    case "ws_frame": receiveFrame(payload)
    case "ws_close": receiveClose(payload)
    default:
      counters.count { $0.unknownEvents += 1 }
      logger.debug("unknown event ignored", metadata: ["event": "\(event.prefix(64))"])
    }
  }

  /// Takes no new exchange from now on; they are answered 503.
  package func beginDraining() {
    state.withLock { $0.isDraining = true }
  }

  /// Takes no new exchange from now on and returns when none runs, and all that were turned away are told so.
  package func drain() async {
    beginDraining()
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.running.isEmpty { return true }
        state.waiters.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
    await answers.finish()
  }

  /// The line is lost: every exchange is cancelled, and awaited.
  package func abandon() async {
    let tasks = state.withLock { state in
      state.isLost = true
      return state.running.values.compactMap { $0 }
    }
    for task in tasks { task.cancel() }
    await drain()
  }

  private func receiveRequest(_ payload: JSONValue) {
    do {
      let request = try ProxyRequest(payload)
      guard let refusal = begin({ _ in await self.run(request) }) else { return }
      counters.count { $0.turnedAway += 1 }
      refuse(request.requestID, refusal)
    } catch {
      guard let id = error.requestID else { return ignore(error) }
      refuse(id, Refusal(status: .badRequest, code: "malformed-request", error.sentence))
    }
  }

  /// A message that nobody can be answered.
  func ignore(_ fault: PayloadFault) {
    counters.count { $0.malformed += 1 }
    logger.warning("malformed message ignored", metadata: ["field": "\(fault.field)"])
  }

  private func run(_ request: ProxyRequest) async {
    let sink = Protocol1Sink(
      requestID: request.requestID, settings: settings, line: channel, counters: counters, logger: logger)
    await run(request.request, id: request.requestID, into: sink)
  }

  func run(_ request: Request, id: String, into sink: any Sink) async {
    counters.count { $0.exchanges += 1 }
    let outcome = await pipeline.run(
      request, id: id, into: sink, trace: tracer?(id, request), on: executor, watch: watch, protocolVersion: 1)
    counters.count(outcome.kind)
  }

  /// An answer that no pipeline has seen.
  private func refuse(_ requestID: String, _ refusal: Refusal) {
    let sink = Protocol1Sink(
      requestID: requestID, settings: settings, line: channel, counters: counters, logger: logger)
    answers.send { await sink.abort(refusal) }
  }
}
