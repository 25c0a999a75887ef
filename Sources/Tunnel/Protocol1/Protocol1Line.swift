import HTTPTypes
package import Logging
package import PhoenixChannels
import Synchronization
package import TelephoneKit

/// The telephone's side of protocol 1 on one joined channel: each `proxy_req` becomes an exchange of its own, and its
/// answer a `proxy_res`. No exchange waits for another.
package final class Protocol1Line: Sendable {
  private struct State {
    var running: [Int: Task<Void, Never>] = [:]
    var nextID = 0
    var isDraining = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// Called with each exchange before it begins; the recorder it gives notes the exchange's steps.
  package typealias Tracer = @Sendable (_ id: String, _ request: Request) -> TraceRecorder?

  private let channel: any Protocol1Channel
  private let pipeline: Pipeline
  private let settings: Protocol1Settings
  private let counters: TunnelCounters
  private let logger: Logger
  private let tracer: Tracer?
  private let state = Mutex(State())

  package init(
    channel: any Protocol1Channel, pipeline: Pipeline, settings: Protocol1Settings, counters: TunnelCounters,
    logger: Logger, tracer: Tracer? = nil
  ) {
    self.channel = channel
    self.pipeline = pipeline
    self.settings = settings
    self.counters = counters
    self.logger = logger
    self.tracer = tracer
  }

  /// The exchanges that run now.
  package var inFlight: Int { state.withLock { $0.running.count } }

  /// Takes a message of the channel. It returns at once; the exchange goes on in a task of its own.
  package func receive(event: String, payload: JSONValue) async {
    guard event == "proxy_req" else {
      counters.count(\.unknownEvents)
      logger.debug("unknown event ignored", metadata: ["event": "\(event.prefix(64))"])
      return
    }
    do {
      let request = try ProxyRequest(payload)
      if let refusal = begin(request) {
        counters.count(\.turnedAway)
        await refuse(request.requestID, refusal)
      }
    } catch {
      guard let id = error.requestID else {
        counters.count(\.malformed)
        logger.warning("malformed request ignored", metadata: ["field": "\(error.field)"])
        return
      }
      await refuse(id, Refusal(status: .badRequest, code: "malformed-request", error.sentence))
    }
  }

  /// Takes no new exchange from now on; they are answered 503.
  package func beginDraining() {
    state.withLock { $0.isDraining = true }
  }

  /// Takes no new exchange from now on and returns when none runs.
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
  }

  /// The line is lost: every exchange is cancelled, and awaited.
  package func abandon() async {
    let tasks = state.withLock { state in
      state.isDraining = true
      return Array(state.running.values)
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  /// - Returns: why the exchange does not begin; `nil` if it does.
  private func begin(_ request: ProxyRequest) -> Refusal? {
    state.withLock { state in
      guard !state.isDraining else {
        return Refusal(
          status: .serviceUnavailable, code: "shutting-down", "This telephone is shutting down. Try again.",
          fields: [.retryAfter: "1"])
      }
      guard state.running.count < settings.maxConcurrent else {
        return Refusal(
          status: .serviceUnavailable, code: "too-many-exchanges", "Too many requests run at once. Try again.",
          fields: [.retryAfter: "1"])
      }
      let id = state.nextID
      state.nextID += 1
      state.running[id] = Task {
        await run(request)
        finish(id)
      }
      return nil
    }
  }

  private func run(_ request: ProxyRequest) async {
    counters.count(\.exchanges)
    let sink = Protocol1Sink(
      requestID: request.requestID, settings: settings, line: channel, counters: counters, logger: logger)
    let incoming = request.request
    let outcome = await pipeline.run(
      incoming, id: request.requestID, into: sink, trace: tracer?(request.requestID, incoming))
    switch outcome.kind {
    case .delivered: counters.count(\.delivered)
    case .refused: counters.count(\.refused)
    case .abandoned: counters.count(\.abandoned)
    case .failed: counters.count(\.failed)
    }
  }

  private func finish(_ id: Int) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.running[id] = nil
      guard state.isDraining, state.running.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// An answer that no pipeline has seen.
  private func refuse(_ requestID: String, _ refusal: Refusal) async {
    await Protocol1Sink(
      requestID: requestID, settings: settings, line: channel, counters: counters, logger: logger
    ).abort(refusal)
  }
}
