import PhoenixChannels
import Tunnel

/// A socket of the doctor's own to the gateway, beside those of a running agent.
final class DoctorLine: Sendable {
  let socket: PhoenixSocket
  private let reader: Task<Void, Never>

  init(_ socket: PhoenixSocket) {
    self.socket = socket
    reader = Task(executorPreference: socket.executor) { _ = await socket.run() }
  }

  /// Closes the socket in order (1000), also in a task that was cancelled.
  func close() async {
    let socket = socket
    await Task { await socket.close() }.value
    await reader.value
  }
}

/// A joined channel that takes no exchange: it drains from the beginning.
///
/// What the gateway sends all the same is answered by the agent's own building blocks: RESET 4 (refused, no stage has
/// seen the request) on protocol 2, after which a gateway may take another line; 503 with `Retry-After` on protocol 1.
struct JoinedLine: Sendable {
  let channel: Channel
  let protocolVersion: Int
  let counters: TunnelCounters
  private let exchanges: any ExchangeLine
  /// Gets an element for each `heartbeat_ack`.
  private let acknowledgements: AsyncStream<Void>
  private let reader: Task<Void, Never>

  /// - Parameter exchanges: drains already.
  init(
    channel: Channel, protocolVersion: Int, exchanges: any ExchangeLine, counters: TunnelCounters,
    executor: (any TaskExecutor)?
  ) {
    self.channel = channel
    self.protocolVersion = protocolVersion
    self.exchanges = exchanges
    self.counters = counters
    let (acknowledgements, come) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.acknowledgements = acknowledgements
    reader = Task(executorPreference: executor) {
      while let event = await channel.next() {
        guard case .message(let message) = event else { break }
        if message.event == "heartbeat_ack", message.json != nil {
          come.yield()
        } else if (try? await exchanges.receive(message)) == nil {
          break
        }
      }
      come.finish()
    }
  }

  /// Sends the channel's heartbeat and waits for a `heartbeat_ack` or a reply: gateways have either.
  /// - Parameter time: seconds since 1970.
  func beat(at time: Int64) async throws {
    let (channel, acknowledgements) = (channel, acknowledgements)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        _ = try await channel.call("heartbeat", ["ts": .integer(time)], timeout: PhoenixSocket.unlimited)
      }
      group.addTask {
        for await _ in acknowledgements { return }
        throw CancellationError()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Leaves, after what came has been answered.
  func leave() async {
    await exchanges.drain()
    try? await channel.leave()
    reader.cancel()
  }
}
