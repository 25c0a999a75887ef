import HTTPTypes
package import Logging
package import PhoenixChannels
import Synchronization
package import TelephoneKit

/// The telephone's side of protocol 2 on one joined channel: each REQUEST_HEAD becomes an exchange of its own.
package final class Protocol2Line: ExchangeLine {
  private struct State {
    var running: [UInt32: Task<Void, Never>] = [:]
    var isAbandoned = false
    /// Who waits until no exchange runs.
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// Called with each exchange before it begins; the recorder it gives notes the exchange's steps.
  package typealias Tracer = @Sendable (_ id: String, _ request: Request) -> TraceRecorder?

  private let pipeline: LivePipeline
  private let counters: TunnelCounters
  private let logger: Logger
  private let joinRef: String?
  private let name: String
  private let executor: (any TaskExecutor)?
  private let tracer: Tracer?
  private let watch: ExchangeWatch?
  private let onGatewayDrain: (@Sendable () -> Void)?
  private let driver: LineDriver
  private let state = Mutex(State())

  /// - Parameters:
  ///   - channel: what frames are pushed on.
  ///   - own: what this side declared in its join.
  ///   - gateway: what the gateway declared in its reply.
  ///   - joinRef: of the join; messages of another are dropped. `nil`: all are taken.
  ///   - name: makes the ids of the line's exchanges unique among all lines: `name-1`.
  ///   - growth: octets that may be granted beyond `stream_credit`, all streams together. Default 16 MiB.
  ///   - clock: for the round trips that this growth follows.
  ///   - executor: where the writer and the exchanges run: the event loop of the line's socket. `nil`: no preference.
  ///   - watch: is told of the exchanges. `nil`: nobody is.
  ///   - onGatewayDrain: called once when the gateway is about to go, and another line should be dialled.
  package init(
    channel: any Protocol2Channel, own: LineTerms, gateway: LineTerms, pipeline: LivePipeline, counters: TunnelCounters,
    logger: Logger, joinRef: String? = nil, name: String, growth: Int = 16 * 1024 * 1024,
    clock: any Clock<Duration> = ContinuousClock(), executor: (any TaskExecutor)? = nil, tracer: Tracer? = nil,
    watch: ExchangeWatch? = nil, onGatewayDrain: (@Sendable () -> Void)? = nil
  ) {
    self.pipeline = pipeline
    self.counters = counters
    self.logger = logger
    self.joinRef = joinRef
    self.name = name
    self.executor = executor
    self.tracer = tracer
    self.watch = watch
    self.onGatewayDrain = onGatewayDrain
    driver = LineDriver(
      channel: channel,
      engine: LineEngine(role: .telephone, own: own, peer: gateway, growth: growth, now: stopwatch(clock)),
      counters: counters)
    driver.start(on: executor) { [weak self] in self?.handle($0) }
  }

  deinit { driver.lose() }

  package var inFlight: Int { state.withLock { $0.running.count } }

  /// Takes a message of the channel: all its frames, without a wait.
  /// - Throws: ``LineFault``: the line must end.
  package func receive(_ message: PhoenixMessage) async throws {
    guard message.event == Protocol2Event.frames else {
      counters.count { $0.unknownEvents += 1 }
      logger.debug("unknown event ignored", metadata: ["event": "\(message.event.prefix(64))"])
      return
    }
    guard let frames = message.binary, joinRef == nil || message.joinRef == joinRef else {
      counters.count { $0.malformed += 1 }
      logger.debug("frames of another join, or as text, were dropped")
      return
    }
    do {
      try driver.perform { engine throws(LineFault) in try engine.receive(frames) }
    } catch {
      logger.warning("the gateway broke the framing", metadata: ["fault": "\(error.sentence)"])
      throw error
    }
  }

  /// Takes no new exchange from now on, and tells the gateway (DRAIN).
  package func beginDraining() async {
    driver.perform { $0.drain() }
  }

  /// Takes no new exchange, and returns when none runs and all answers have left.
  package func drain() async {
    await beginDraining()
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.running.isEmpty { return true }
        state.waiters.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
    await driver.flush()
  }

  /// The line is lost: every exchange is cancelled, and awaited.
  package func abandon() async {
    driver.lose()
    let tasks = state.withLock { state in
      state.isAbandoned = true
      return Array(state.running.values)
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  private func handle(_ signal: LineSignal) {
    switch signal {
    case .opened(let id, let head, let upgrade, let end): begin(id, head, upgrade: upgrade, end: end)
    case .ended(let id, _): state.withLock { $0.running[id] }?.cancel()
    case .peerDrains: onGatewayDrain?()
    case .readable, .taken: break
    }
  }

  private func begin(_ id: UInt32, _ head: RequestHeadFrame, upgrade: Bool, end: Bool) {
    let isRunning = state.withLock { state in
      guard !state.isAbandoned else { return false }
      // Detached: an exchange has no use for the task local values of whoever started the line, and they are copied.
      state.running[id] = Task.detached(executorPreference: executor) {
        await self.run(id, head, upgrade: upgrade, end: end)
        self.finish(id)
      }
      return true
    }
    // It may have been reset, or lost, before it was noted here.
    guard isRunning else { return driver.perform { $0.release(id) } }
    if driver.perform({ $0.table[id]?.fault != nil }) { state.withLock { $0.running[id] }?.cancel() }
  }

  private func run(_ id: UInt32, _ head: RequestHeadFrame, upgrade: Bool, end: Bool) async {
    counters.count { counters in
      counters.exchanges += 1
      counters.streams += 1
    }
    let stream = ExchangeStream(driver: driver, id: id)
    let request = Request(
      method: head.method, scheme: head.scheme, authority: head.authority, target: head.target, fields: head.fields,
      body: upgrade || end ? Body() : Body(length: ContentLength(head.fields).octets, source: stream),
      clientAddress: head.clientAddress, asksForWebSocket: upgrade)
    let name = "\(name)-\(id)"
    let outcome = await pipeline.run(
      request, id: name, into: stream, trace: tracer?(name, request), on: executor, watch: watch, protocolVersion: 2)
    counters.count(outcome.kind)
  }

  private func finish(_ id: UInt32) {
    driver.perform { $0.release(id) }
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.running[id] = nil
      guard state.running.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
