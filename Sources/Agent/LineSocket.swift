import Foundation
import PhoenixChannels
import TelephoneKit
import Tunnel

/// One open socket to the gateway: what a line does with it.
///
/// All of it runs on the executor of the socket: the reader, the heartbeats, the exchanges.
struct LineSocket: Sendable {
  let agent: Agent
  let socket: PhoenixSocket
  /// That of the token which the socket was dialled with.
  let pathID: String

  var topic: String { "telephone:\(pathID)" }

  /// Runs work beside the line, on the socket's executor.
  @discardableResult
  func start(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: socket.executor) { await work() }
  }

  /// Reads until the socket ends.
  /// - Returns: how it ended.
  func read() async -> LineMachine.Event {
    _ = await socket.run()
    return .socketLost(code: socket.closureCode ?? 1006, reason: socket.closureReason ?? "")
  }

  /// Hands what comes by a channel to its exchanges, until it ends.
  /// - Returns: how; `nil` if the socket ended, which its reader tells.
  func receive(_ serving: Serving) async -> LineMachine.Event? {
    while let event = await serving.channel.next() {
      switch event {
      case .message(let message):
        if message.event == "heartbeat_ack", message.json != nil {
          serving.acknowledgements.come()
          continue
        }
        do {
          try await serving.exchanges.receive(message)
        } catch {
          serving.channel.stopReading()
          return .framingBroken((error as? LineFault)?.sentence ?? "\(error)")
        }
      case .crashed(let reason): return .channelCrashed(reason: reason)
      case .closed: return .channelClosed
      }
    }
    return nil
  }

  /// Sends the socket's heartbeat and waits for its own reply.
  /// - Returns: `nil` if it has none because the socket ended.
  func beat() async -> LineMachine.Event? {
    do throws(ChannelError) {
      return .heartbeatAnswered(.socket, try await socket.heartbeat(timeout: PhoenixSocket.unlimited))
    } catch {
      return Self.failure(error)
    }
  }

  /// Sends the channel's heartbeat and waits for a `heartbeat_ack`, or a `phx_reply` of whatever status: gateways have
  /// either.
  /// - Returns: `nil` if it has none because the channel or the socket ended.
  func beat(on serving: Serving, timeout: Duration = PhoenixSocket.unlimited) async -> LineMachine.Event? {
    let acknowledgements = serving.acknowledgements
    let number = acknowledgements.begin()
    let payload: JSONValue = ["ts": .integer(Int64(agent.date().timeIntervalSince1970))]
    let began = agent.timeline.now()
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          _ = try await serving.channel.call("heartbeat", payload, timeout: timeout)
          acknowledgements.come(for: number)
        }
        group.addTask { try await acknowledgements.next(number) }
        defer { group.cancelAll() }
        try await group.next()
      }
      return .heartbeatAnswered(.channel, agent.timeline.now() - began)
    } catch {
      return (error as? ChannelError).flatMap(Self.failure)
    }
  }

  /// Ends the exchanges of a channel in order.
  ///
  /// On protocol 2 the gateway is known to have read our DRAIN when a heartbeat behind it is answered: what it had sent
  /// before has come by then, and was refused. A gateway that does not answer within the limit of heartbeats is not waited
  /// for.
  func drain(_ serving: Serving) async {
    await serving.exchanges.beginDraining()
    await serving.exchanges.drain()
    guard serving.protocolVersion == 2 else { return }
    _ = await beat(on: serving, timeout: agent.settings.terms.heartbeatTimeout)
    // The refusals leave, too.
    await serving.exchanges.drain()
  }

  private static func failure(_ error: ChannelError) -> LineMachine.Event? {
    switch error.kind {
    case .crashed, .closed, .notJoined, .unmatchedTopic, .socketClosed, .cancelled: nil
    default: .heartbeatFailed(error.sentence)
    }
  }
}
