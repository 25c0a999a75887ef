package import Foundation
package import Logging
import PhoenixChannels
import Synchronization
package import TelephoneKit
import TokenVault
package import Tunnel

/// Keeps the lines to the gateway up: dials, joins, beats, and dials again when one is lost.
///
/// Lines know nothing of each other: each has its own socket, backoff and exchanges, and an exchange ends on the line
/// that it came by.
package final class Agent: Sendable {
  private struct State {
    var running: Task<Void, any Error>?
    var generator: any RandomNumberGenerator & Sendable
  }

  /// What it calls itself when it joins.
  package static let name = "telephone/0.1.0"

  package let settings: AgentSettings
  package let pipeline: Pipeline
  package let counters = TunnelCounters()
  let clock: any Clock<Duration>
  let date: @Sendable () -> Date
  let logger: Logger
  let tracer: Protocol1Line.Tracer?
  let board: LineBoard
  /// One for all dials: it keeps what TLS trusts.
  let dialer: PhoenixDialer
  private let state: Mutex<State>

  /// - Parameters:
  ///   - clock: for every wait and deadline.
  ///   - date: the time of day, for the token's expiry and the heartbeat's `ts`.
  ///   - generator: draws the backoff.
  ///   - tracer: gives a recorder to exchanges that are to be traced.
  package init(
    settings: AgentSettings, pipeline: Pipeline, clock: any Clock<Duration> = ContinuousClock(),
    date: @escaping @Sendable () -> Date = { Date() },
    generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), logger: Logger,
    tracer: Protocol1Line.Tracer? = nil
  ) {
    self.settings = settings
    self.pipeline = pipeline
    self.clock = clock
    self.date = date
    self.logger = logger
    self.tracer = tracer
    self.dialer = Self.dialer(settings, clock, logger)
    self.board = LineBoard(lines: max(1, settings.lines))
    self.state = Mutex(State(generator: generator))
  }

  private static func dialer(
    _ settings: AgentSettings, _ clock: any Clock<Duration>, _ logger: Logger
  ) -> PhoenixDialer {
    var dialer = PhoenixDialer(clock: clock, logger: logger)
    dialer.connectTimeout = settings.connectTimeout
    dialer.caFile = settings.caFile
    dialer.configuration.replyTimeout = settings.connectTimeout
    dialer.configuration.heartbeatTimeout = settings.heartbeatInterval / 2
    return dialer
  }

  package var status: AgentStatus { board.status }

  var isStopping: Bool { board.isStopping }

  func draw(_ backoff: inout Backoff) -> Duration {
    state.withLock { backoff.next(using: &$0.generator) }
  }

  /// Keeps the lines up until ``stop()`` is called or the task is cancelled.
  /// - Throws: ``AgentError`` when it gives up: every line failed too often in a row, see ``LineSupervisor``, or the token
  ///   has expired and the last line is lost.
  package func run() async throws {
    let running = state.withLock { state in
      let task = Task { if !Task.isCancelled { try await superviseLines() } }
      if isStopping { task.cancel() }
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
  /// the sockets closed (1000).
  package func stop() async {
    let serving = board.stop()
    if !serving.isEmpty {
      logger.info("draining", metadata: ["in_flight": "\(status.inFlight)", "lines": "\(serving.count)"])
      await drain(serving.map(\.exchanges))
      await withDiscardingTaskGroup { group in
        for line in serving { group.addTask { await line.leave() } }
      }
    }
    state.withLock { $0.running }?.cancel()
  }

  private func drain(_ lines: [any ExchangeLine]) async {
    let limit = Task {
      try await clock.sleep(for: settings.shutdownGrace)
      logger.warning("grace is over, the exchanges that still run are cut off")
      await withDiscardingTaskGroup { group in
        for line in lines { group.addTask { await line.abandon() } }
      }
    }
    await withDiscardingTaskGroup { group in
      for line in lines {
        group.addTask {
          await line.beginDraining()
          await line.drain()
        }
      }
    }
    limit.cancel()
  }
}
