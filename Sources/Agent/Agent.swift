package import Foundation
package import Logging
import PhoenixChannels
import Synchronization
package import TelephoneKit
import TokenVault
package import Tunnel

/// Keeps a line to the gateway up: dials, joins, beats, and dials again when the line is lost.
package final class Agent: Sendable {
  private struct Up {
    var exchanges: Protocol1Line
    var channel: Channel
    var socket: PhoenixSocket
  }

  private struct State {
    var status = AgentStatus()
    var up: Up?
    var isStopping = false
    var heartbeats = 0
    var running: Task<Void, any Error>?
    var generator: any RandomNumberGenerator & Sendable
  }

  package let settings: AgentSettings
  package let pipeline: Pipeline
  package let counters = TunnelCounters()
  let clock: any Clock<Duration>
  let date: @Sendable () -> Date
  let logger: Logger
  let tracer: Protocol1Line.Tracer?
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
    self.state = Mutex(State(generator: generator))
  }

  package var status: AgentStatus {
    state.withLock { state in
      var status = state.status
      status.inFlight = state.up?.exchanges.inFlight ?? 0
      return status
    }
  }

  /// Keeps a line up until ``stop()`` is called or the task is cancelled.
  /// - Throws: ``AgentError`` when it gives up.
  package func run() async throws {
    let running = state.withLock { state in
      let task = Task { if !Task.isCancelled { try await keepUp() } }
      if state.isStopping { task.cancel() }
      state.running = task
      return task
    }
    defer { update { $0.phase = .stopped } }
    try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      running.cancel()
    }
  }

  /// Ends the agent: exchanges that run may end within the grace, then the channel is left and the socket closed (1000).
  package func stop() async {
    let (up, running) = state.withLock { state in
      state.isStopping = true
      state.status.phase = .stopping
      return (state.up, state.running)
    }
    if let up {
      logger.info("draining", metadata: ["in_flight": "\(up.exchanges.inFlight)"])
      await drain(up.exchanges)
      try? await up.channel.leave()
      await up.socket.close(code: 1000, reason: "")
    }
    running?.cancel()
  }

  private func drain(_ exchanges: Protocol1Line) async {
    exchanges.beginDraining()
    let draining = Task { await exchanges.drain() }
    let limit = Task {
      try await clock.sleep(for: settings.shutdownGrace)
      logger.warning("grace is over, the exchanges that still run are cut off")
      await exchanges.abandon()
    }
    await draining.value
    limit.cancel()
  }

  /// The heartbeats that were answered, on all lines.
  var heartbeats: Int { state.withLock { $0.heartbeats } }

  func beat() { state.withLock { $0.heartbeats += 1 } }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  func update(_ change: (inout AgentStatus) -> Void) {
    state.withLock { change(&$0.status) }
  }

  func draw(_ backoff: inout Backoff) -> Duration {
    state.withLock { backoff.next(using: &$0.generator) }
  }

  func up(_ exchanges: Protocol1Line, _ channel: Channel, _ socket: PhoenixSocket) {
    logger.info("joined", metadata: ["topic": "\(channel.topic)"])
    state.withLock { state in
      state.up = Up(exchanges: exchanges, channel: channel, socket: socket)
      state.status.phase = .up
      state.status.connections += 1
    }
  }

  func down() {
    state.withLock { $0.up = nil }
  }

  private func keepUp() async throws {
    var backoff = settings.backoff
    var failures = 0
    while !Task.isCancelled, !isStopping {
      do {
        try settings.token.check(at: date())
      } catch {
        throw AgentError(kind: .tokenExpired, sentence: error.sentence)
      }
      let loss = await attempt()
      if Task.isCancelled || isStopping { return }
      update { $0.lastLoss = loss.sentence }
      if loss.wasUp {
        failures = 0
        backoff.reset()
      } else {
        failures += 1
        if settings.maxRetries >= 0, failures > settings.maxRetries {
          throw AgentError(
            kind: .gaveUp,
            sentence: "Gave up after \(failures) attempts in a row (MAX_RETRIES is \(settings.maxRetries)). "
              + "The last one: \(loss.sentence)")
        }
      }
      let wait = draw(&backoff)
      update { $0.phase = .backingOff }
      logger.warning(
        "no line to the gateway",
        metadata: ["cause": "\(loss.sentence)", "retry_in": "\(Int(wait / .milliseconds(1)))ms"])
      try? await clock.sleep(for: wait)
    }
  }

  /// One dial, and if it succeeds the line's whole life.
  private func attempt() async -> Line.Loss {
    update { $0.phase = .dialing }
    var dialer = PhoenixDialer(clock: clock, logger: logger)
    dialer.connectTimeout = settings.connectTimeout
    dialer.caFile = settings.caFile
    dialer.configuration.replyTimeout = settings.connectTimeout
    dialer.configuration.heartbeatTimeout = settings.heartbeatInterval / 2
    do {
      let socket = try await dialer.dial(SocketURL(gateway: settings.gateway, token: settings.token.rawValue))
      return await Line(agent: self, socket: socket).serve()
    } catch {
      return Line.Loss(sentence: error.sentence, wasUp: false)
    }
  }
}
