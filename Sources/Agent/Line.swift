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
        await socket.close(code: 1000, reason: "")
        return Loss(sentence: end.sentence(socket.closureText), wasUp: true)
      }
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
    let end = await withTaskGroup(of: End.self) { group in
      group.addTask { await receive(channel, exchanges) }
      group.addTask { await beat(channel) }
      let first = await group.next() ?? .ended
      group.cancelAll()
      return first
    }
    agent.down()
    await exchanges.abandon()
    return end
  }

  private func receive(_ channel: Channel, _ exchanges: Protocol1Line) async -> End {
    while let event = await channel.next() {
      switch event {
      case .message(let message):
        guard case .json(let payload) = message.payload else {
          agent.logger.debug("binary message ignored on protocol 1")
          continue
        }
        if message.event == "heartbeat_ack" {
          agent.update { $0.lastChannelHeartbeat = agent.date() }
        } else {
          await exchanges.receive(event: message.event, payload: payload)
        }
      case .crashed(let reason): return .crashed(reason)
      case .closed: return .closed
      }
    }
    return .ended
  }

  /// Both heartbeats: the socket's, which must be answered, and the channel's, which shows the gateway that we are here.
  private func beat(_ channel: Channel) async -> End {
    do {
      while true {
        try await agent.clock.sleep(for: settings.heartbeatInterval)
        let roundTrip = try await socket.heartbeat()
        agent.update {
          $0.lastHeartbeat = agent.date()
          $0.roundTrip = roundTrip
        }
        try await channel.push("heartbeat", ["ts": .integer(Int64(agent.date().timeIntervalSince1970))])
      }
    } catch let error as ChannelError {
      return .heartbeatMissed(error.sentence)
    } catch {
      return .ended
    }
  }
}
