package import Foundation
package import Logging
import PhoenixChannels
import Synchronization
package import TelephoneKit
package import TokenVault
package import Tunnel

/// Keeps the lines to the gateway up: dials, joins, beats, and dials again when one is lost.
///
/// Lines know nothing of each other: each has its own socket, backoff and exchanges, and an exchange ends on the line
/// that it came by.
package final class Agent: Sendable {
  private struct State {
    var running: Task<Void, any Error>?
  }

  /// What it calls itself when it joins.
  package static let name = "telephone/\(version)"
  /// The version of the whole program.
  package static let version = "0.1.0"

  package let settings: AgentSettings
  /// The one that exchanges begin with; another may take its place.
  package let pipeline: LivePipeline
  package let counters = TunnelCounters()
  /// Counts every exchange of every line.
  let metrics: ExchangeMetrics
  /// Who is told of exchanges: ``metrics``, and those that were given.
  let watch: ExchangeWatch
  /// Where the token of each dial comes from, and each refreshed one goes to.
  package let vault: TokenVault
  let clock: any Clock<Duration>
  let timeline: Timeline
  let date: @Sendable () -> Date
  let logger: Logger
  let tracer: Protocol1Line.Tracer?
  let board: LineBoard
  let care: TokenCare
  /// One for all dials: it keeps what TLS trusts.
  let dialer: PhoenixDialer
  private let generator: SharedGenerator
  private let state = Mutex(State())

  /// - Parameters:
  ///   - vault: holds the token.
  ///   - clock: for every wait and deadline.
  ///   - date: the time of day, for the token's expiry and the heartbeat's `ts`.
  ///   - generator: draws the backoff, and the time of refreshes.
  ///   - tracer: gives a recorder to exchanges that are to be traced.
  ///   - observers: are told of every exchange, such as an access log.
  ///   - recorder: keeps whole exchanges. Default: nobody does.
  package init(
    settings: AgentSettings, pipeline: LivePipeline, vault: TokenVault,
    clock: any Clock<Duration> = ContinuousClock(), date: @escaping @Sendable () -> Date = { Date() },
    generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), logger: Logger,
    tracer: Protocol1Line.Tracer? = nil, observers: [any ExchangeObserver] = [],
    recorder: (any ExchangeRecorder)? = nil
  ) {
    self.settings = settings
    self.pipeline = pipeline
    self.vault = vault
    self.clock = clock
    self.timeline = Timeline(clock)
    self.date = date
    self.logger = logger
    self.tracer = tracer
    self.metrics = ExchangeMetrics(steps: [])
    self.watch = ExchangeWatch([metrics] + observers, recorder: recorder)
    self.dialer = Self.dialer(settings, clock, logger)
    self.board = LineBoard(lines: max(1, settings.lines))
    self.generator = SharedGenerator(generator)
    self.care = TokenCare(
      vault: vault, board: board, generator: self.generator, clock: clock, date: date,
      replyTimeout: settings.stepTimeout, logger: logger)
    pipeline.onSwap { [metrics] in metrics.know($0.steps.map(\.id)) }
  }

  private static func dialer(
    _ settings: AgentSettings, _ clock: any Clock<Duration>, _ logger: Logger
  ) -> PhoenixDialer {
    var dialer = PhoenixDialer(clock: clock, logger: logger)
    dialer.connectTimeout = settings.stepTimeout
    dialer.caFile = settings.caFile
    dialer.configuration.replyTimeout = settings.stepTimeout
    return dialer
  }

  package var status: AgentStatus {
    var status = board.status
    let counts = counters.values
    status.exchanges = AgentStatus.Exchanges(
      began: counts.exchanges, delivered: counts.delivered, refused: counts.refused, abandoned: counts.abandoned,
      failed: counts.failed)
    return status
  }

  /// Whether requests get through and will for a while: a line is joined, and the token does not die soon.
  package var isReady: Bool { status.phase == .up && care.isReady }

  var isStopping: Bool { board.isStopping }

  /// `nil`: nothing is recorded.
  var recordings: RecordingCounts? { watch.recorder?.counts }

  /// Hands an event to a line's machine, with the time and a generator.
  func handle(_ event: LineMachine.Event, _ machine: inout LineMachine) -> [LineMachine.Action] {
    let now = timeline.now()
    return generator.withLock { machine.handle(event, at: now, using: &$0) }
  }

  /// Keeps the lines up until ``stop()`` is called or the task is cancelled.
  /// - Throws: ``AgentError`` when it gives up: every line failed too often in a row, see ``LineSupervisor``, or the token
  ///   has expired and the last line is lost.
  package func run() async throws {
    let running = state.withLock { state in
      let task = Task { try await superviseLines() }
      state.running = task
      return task
    }
    defer { board.finish() }
    try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      running.cancel()
    }
  }

  private func superviseLines() async throws {
    guard !isStopping else { return }
    let caring = Task { await care.run() }
    let end = await runLines()
    caring.cancel()
    await caring.value
    try end.get()
  }

  private func runLines() async -> Result<Void, any Error> {
    do {
      try await runLineGroup()
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func runLineGroup() async throws {
    try await withThrowingTaskGroup(of: AgentError?.self) { group in
      for line in 0..<max(1, settings.lines) {
        group.addTask { try await LineSupervisor(agent: self, line: line).run() }
      }
      var end: AgentError?
      while let error = try await group.next() { end = error ?? end }
      if let end, !isStopping { throw end }
    }
  }

  /// Ends the agent: no line takes a new exchange, those that run may end within the grace, then the channels are left and
  /// the sockets closed (1000). Returns when all that is done.
  ///
  /// A second call ends it at once: the exchanges that run are cut off, and nothing is waited for but their `finally`
  /// stages.
  package func stop() async {
    let (isFirst, lines) = board.stop()
    if isFirst {
      logger.info("draining", metadata: ["in_flight": "\(status.inFlight)", "lines": "\(lines.count)"])
    } else {
      logger.warning("ending at once", metadata: ["in_flight": "\(status.inFlight)"])
    }
    for line in lines { if isFirst { line.stop() } else { line.stopNow() } }
    _ = await state.withLock { $0.running }?.result
  }
}
