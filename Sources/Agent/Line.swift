import Foundation
import Logging
import PhoenixChannels
import TelephoneKit
import TokenVault
import Tunnel

/// One socket to the gateway, from the dial to its end.
struct Line {
  /// How a line ended, in words that a log and the health page show.
  struct Loss: Error {
    var sentence: String
    /// Whether the channel was joined at all: a line that never was counts as a failed attempt.
    var wasUp: Bool
  }

  let agent: Agent
  let socket: PhoenixSocket

  private var settings: AgentSettings { agent.settings }
  private var topic: String { "telephone:\(settings.token.pathID)" }

  /// Joins, serves until the line is lost, and says why. A channel that crashes is joined again on the same socket.
  func serve() async -> Loss {
    let reading = Task { await socket.run() }
    defer { reading.cancel() }
    var backoff = settings.backoff
    var beats = agent.heartbeats
    var wasUp = false
    while true {
      agent.update { $0.phase = .joining }
      let channel: Channel
      do {
        channel = try await socket.join(topic: topic, payload: [:])
      } catch {
        await socket.close(code: 1000, reason: "")
        return Loss(sentence: "The join was not granted: \(error.sentence)", wasUp: wasUp)
      }
      wasUp = true
      let end = await serve(channel)
      guard case .crashed(let reason) = end, !agent.isStopping else {
        if agent.isStopping {
          // Who stops the agent waits for the answer to its leave, and then closes the socket.
          await withTaskCancellationHandler {
            _ = await reading.value
          } onCancel: {
            reading.cancel()
          }
        }
        await socket.close(code: 1000, reason: "")
        return Loss(sentence: end.sentence(socket.closureText), wasUp: true)
      }
      // A channel that lived long enough to beat is not one that crashes at every join.
      if agent.heartbeats > beats { backoff.reset() }
      beats = agent.heartbeats
      agent.logger.warning("the channel crashed, joining again", metadata: ["reason": "\(reason ?? "none given")"])
      do {
        try await agent.clock.sleep(for: agent.draw(&backoff))
      } catch {
        await socket.close(code: 1000, reason: "")
        return Loss(sentence: "The agent was stopped.", wasUp: true)
      }
    }
  }

  private enum End: Sendable {
    case ended
    case closed
    case crashed(String?)
    case heartbeatMissed(String)

    func sentence(_ closure: String?) -> String {
      switch self {
      case .ended: "The socket ended (\(closure ?? "lost"))."
      case .closed: "The gateway closed the channel."
      case .crashed(let reason): "The channel crashed (\(reason ?? "no reason given"))."
      case .heartbeatMissed(let sentence): "A heartbeat was not answered: \(sentence)"
      }
    }
  }

  /// One joined channel, until it ends.
  private func serve(_ channel: Channel) async -> End {
    var protocol1 = settings.protocol1
    protocol1.bodyEncoding = channel.joinResponse["body_encoding"]?.stringValue == "base64" ? .base64 : .utf8
    let exchanges = Protocol1Line(
      channel: channel, pipeline: agent.pipeline, settings: protocol1, counters: agent.counters, logger: agent.logger,
      tracer: agent.tracer)
    agent.up(exchanges, channel, socket)
    let acknowledgements = Acknowledgements()
    let end = await withTaskGroup(of: End?.self) { group in
      group.addTask { await receive(channel, exchanges, acknowledgements) }
      group.addTask { await beat(channel, acknowledgements) }
      defer { group.cancelAll() }
      while let end = await group.next() {
        if let end { return end }
      }
      return .ended
    }
    agent.down()
    await exchanges.abandon()
    return end
  }

  private func receive(
    _ channel: Channel, _ exchanges: Protocol1Line, _ acknowledgements: Acknowledgements
  ) async -> End {
    while let event = await channel.next() {
      switch event {
      case .message(let message):
        guard case .json(let payload) = message.payload else {
          agent.logger.debug("binary message ignored on protocol 1")
          continue
        }
        if message.event == "heartbeat_ack" {
          acknowledgements.come()
        } else {
          await exchanges.receive(event: message.event, payload: payload)
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
        agent.update {
          $0.lastHeartbeat = agent.date()
          $0.roundTrip = roundTrip
        }
        try await beatOnChannel(channel, acknowledgements)
        agent.update { $0.lastChannelHeartbeat = agent.date() }
        agent.beat()
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
      group.addTask { _ = try await channel.call("heartbeat", payload, timeout: settings.heartbeatInterval / 2) }
      group.addTask { try await acknowledgements.next() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
