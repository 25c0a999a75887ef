import Foundation
import Logging
import PhoenixChannels
import Synchronization
import TokenVault
import Tunnel

/// One socket to the gateway, from the dial to its end. A channel that crashes is joined again on the same socket.
///
/// All that belongs to a line runs on the executor of its socket: the reader, the heartbeats, the exchanges.
final class Line: Sendable {
  private struct State {
    var beats = 0
    var hasEnded = false
  }

  private enum End: Sendable {
    case ended
    case closed
    case crashed(String?)
    case heartbeatMissed(String)
    /// The gateway broke the framing of protocol 2.
    case broken(String)

    func sentence(_ closure: String?) -> String {
      switch self {
      case .ended: "The socket ended (\(closure ?? "lost"))."
      case .closed: "The gateway closed the channel."
      case .crashed(let reason): "The channel crashed (\(reason ?? "no reason given"))."
      case .heartbeatMissed(let sentence): "A heartbeat was not answered: \(sentence)"
      case .broken(let sentence): "The gateway broke the framing of protocol 2: \(sentence)"
      }
    }
  }

  let agent: Agent
  let place: LineBoard.Place
  let socket: PhoenixSocket
  let onDraining: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameter onDraining: called when the gateway says that it is about to go.
  init(agent: Agent, place: LineBoard.Place, socket: PhoenixSocket, onDraining: @escaping @Sendable () -> Void) {
    self.agent = agent
    self.place = place
    self.socket = socket
    self.onDraining = onDraining
  }

  private var settings: AgentSettings { agent.settings }
  var topic: String { "telephone:\(settings.token.pathID)" }

  /// Whether a heartbeat of the channel was ever answered.
  var hasBeaten: Bool { state.withLock { $0.beats > 0 } }

  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Joins, serves until the line is lost, and says why.
  func serve() async -> LineLoss {
    let loss = await withTaskExecutorPreference(socket.executor) {
      let reading = Task(executorPreference: socket.executor) { [socket] in await socket.run() }
      defer { reading.cancel() }
      return await live(reading)
    }
    state.withLock { $0.hasEnded = true }
    return loss
  }

  /// Ends the line, and with it what it serves.
  func cutOff() async {
    await socket.close(code: 1000, reason: "")
  }

  private func live<Closure: Sendable>(_ reading: Task<Closure, Never>) async -> LineLoss {
    var backoff = settings.backoff
    var (beats, wasUp) = (0, false)
    while true {
      agent.board.update(place) { $0.phase = .joining }
      let serving: LineBoard.Serving
      switch await join() {
      case .success(let joined): serving = joined
      case .failure(let refusal):
        await socket.close(code: 1000, reason: "")
        return LineLoss(sentence: refusal.sentence, wasUp: wasUp)
      }
      wasUp = true
      let end = await serve(serving)
      guard case .crashed(let reason) = end, !agent.isStopping else {
        return await finish(end, reading)
      }
      // A channel that lived long enough to beat is not one that crashes at every join.
      let now = state.withLock { $0.beats }
      if now > beats { backoff.reset() }
      beats = now
      agent.logger.warning(
        "the channel crashed, joining again",
        metadata: ["line": "\(place.line + 1)", "reason": "\(reason ?? "none given")"])
      do {
        try await agent.clock.sleep(for: agent.draw(&backoff))
      } catch {
        await socket.close(code: 1000, reason: "")
        return LineLoss(sentence: "The agent was stopped.", wasUp: true)
      }
    }
  }

  /// Closes the socket after its last channel.
  private func finish<Closure: Sendable>(_ end: End, _ reading: Task<Closure, Never>) async -> LineLoss {
    if case .broken = end {
      await socket.close(code: 1002, reason: "")
    } else {
      if agent.isStopping {
        // Who stops the agent waits for the answer to its leave, and then closes the socket.
        await withTaskCancellationHandler {
          _ = await reading.value
        } onCancel: {
          reading.cancel()
        }
      }
      await socket.close(code: 1000, reason: "")
    }
    return LineLoss(sentence: end.sentence(socket.closureText), wasUp: true)
  }

  /// One joined channel, until it ends. Its exchanges are cancelled then, and awaited.
  private func serve(_ serving: LineBoard.Serving) async -> End {
    guard agent.board.begin(serving, at: place) else {
      await serving.exchanges.abandon()
      try? await serving.channel.leave()
      return .closed
    }
    agent.logger.info(
      "joined",
      metadata: [
        "topic": "\(topic)", "line": "\(place.line + 1)", "protocol": "\(serving.protocolVersion)",
      ])
    let acknowledgements = Acknowledgements()
    let end = await withTaskGroup(of: End?.self) { group in
      group.addTask { await self.receive(serving, acknowledgements) }
      group.addTask { await self.beat(serving.channel, acknowledgements) }
      defer { group.cancelAll() }
      while let end = await group.next() {
        if let end { return end }
      }
      return .ended
    }
    agent.board.end(place)
    await serving.exchanges.abandon()
    return end
  }

  private func receive(_ serving: LineBoard.Serving, _ acknowledgements: Acknowledgements) async -> End {
    while let event = await serving.channel.next() {
      switch event {
      case .message(let message):
        if message.event == "heartbeat_ack", message.json != nil {
          acknowledgements.come()
          continue
        }
        do {
          try await serving.exchanges.receive(message)
        } catch {
          return .broken((error as? LineFault)?.sentence ?? "\(error)")
        }
      case .crashed(let reason): return .crashed(reason)
      case .closed: return .closed
      }
    }
    return .ended
  }

  /// Both heartbeats: the socket's, and the channel's, which shows the gateway that we are here. Each must be answered in
  /// time.
  /// - Returns: `nil` if the channel ended, which its reader tells.
  private func beat(_ channel: Channel, _ acknowledgements: Acknowledgements) async -> End? {
    do {
      while true {
        try await agent.clock.sleep(for: settings.heartbeatInterval)
        let roundTrip = try await socket.heartbeat()
        agent.board.update(place) {
          $0.lastHeartbeat = agent.date()
          $0.roundTrip = roundTrip
        }
        try await beatOnChannel(channel, acknowledgements)
        agent.board.update(place) { $0.lastChannelHeartbeat = agent.date() }
        state.withLock { $0.beats += 1 }
      }
    } catch let error as ChannelError {
      switch error.kind {
      case .crashed, .closed, .notJoined, .unmatchedTopic, .socketClosed, .cancelled: return nil
      default: return .heartbeatMissed(error.sentence)
      }
    } catch {
      return nil
    }
  }

  /// Sends the channel's heartbeat and waits for a `heartbeat_ack`, or a `phx_reply` of whatever status: gateways have
  /// either.
  private func beatOnChannel(_ channel: Channel, _ acknowledgements: Acknowledgements) async throws {
    acknowledgements.forget()
    let payload: JSONValue = ["ts": .integer(Int64(agent.date().timeIntervalSince1970))]
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [settings] in
        _ = try await channel.call("heartbeat", payload, timeout: settings.heartbeatInterval / 2)
      }
      group.addTask { try await acknowledgements.next() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
