import HTTPWire
import Synchronization

extension PhoenixSocket {
  /// Sends the socket's heartbeat and waits for its own reply.
  /// - Parameter timeout: nil: the configured `replyTimeout`; or ``unlimited``.
  /// - Returns: how long that took, on the socket's clock.
  package func heartbeat(timeout: Duration? = nil) async throws(ChannelError) -> Duration {
    let topic = PhoenixEvent.socketTopic
    let (ref, waiter) = try newWaiter(topic: topic)
    let message = PhoenixMessage(ref: ref, topic: topic, event: PhoenixEvent.heartbeat, json: [:])
    let started = Stopwatch(clock)
    let reply = try await exchange(message, ref: ref, waiter: waiter, timeout: timeout)
    guard reply.isOK else { throw ChannelError(.unexpectedReply(status: reply.status), topic: topic) }
    return started.elapsed
  }

  /// Joins a topic and waits for the reply. An earlier join of the topic on this socket ends as closed.
  package func join(topic: String, payload: JSONValue) async throws(ChannelError) -> Channel {
    let queue = EventQueue(maxOctets: configuration.inboundBuffer, maxCount: configuration.inboundCount)
    let (ref, waiter) = try newWaiter(topic: topic)
    let (actions, old) = state.withLock { state in
      var entry = state.topics[topic] ?? Topic(machine: ChannelStateMachine(topic: topic), queue: queue)
      let old = entry.queue
      let actions = entry.machine.join(payload: payload, ref: ref)
      entry.queue = queue
      state.topics[topic] = entry
      return (actions, old)
    }
    perform(actions, topic: topic, queue: old, cost: 0)
    guard let message = Self.message(in: actions) else { throw ChannelError(.notJoined, topic: topic) }
    do throws(ChannelError) {
      let reply = try await exchange(message, ref: ref, waiter: waiter, timeout: nil)
      return Channel(topic: topic, joinRef: ref, joinResponse: reply.json, socket: self, queue: queue)
    } catch {
      queue.abandon()
      throw error
    }
  }

  /// Closes the transport.
  package func close(code: UInt16 = 1000, reason: String = "") async {
    await transport.close(code: code, reason: reason)
  }

  func push(_ event: String, _ payload: PhoenixMessage.Payload, on channel: Channel) async throws(ChannelError) {
    let message = state.withLock { state in
      let ref = state.nextRef()
      return Self.onTopic(of: channel, in: &state) { $0.push(event, payload, ref: ref) }
    }
    guard let message else { throw notJoined(channel) }
    try await send(message)
  }

  func call(
    _ event: String, _ payload: PhoenixMessage.Payload, on channel: Channel, timeout: Duration?
  ) async throws(ChannelError) -> PhoenixReply {
    let (ref, waiter) = try newWaiter(topic: channel.topic)
    let message = state.withLock { state in
      Self.onTopic(of: channel, in: &state) { $0.call(event, payload, ref: ref) }
    }
    guard let message else {
      _ = self.waiter(ref)
      throw notJoined(channel)
    }
    return try await exchange(message, ref: ref, waiter: waiter, timeout: timeout)
  }

  func leave(_ channel: Channel) async throws(ChannelError) {
    let (ref, waiter) = try newWaiter(topic: channel.topic)
    let (actions, queue) = state.withLock { state in
      let actions = Self.onTopic(of: channel, in: &state) { $0.leave(ref: ref) } ?? []
      return (actions, state.topics[channel.topic]?.queue)
    }
    perform(actions, topic: channel.topic, queue: queue, cost: 0)
    guard let message = Self.message(in: actions) else {
      _ = self.waiter(ref)
      return
    }
    _ = try await exchange(message, ref: ref, waiter: waiter, timeout: nil)
  }

  /// Lets the machine of a channel's topic work, in its place, if this join is still the topic's last.
  private static func onTopic<Result>(
    of channel: Channel, in state: inout State, _ body: (inout ChannelStateMachine) -> Result?
  ) -> Result? {
    guard let index = state.topics.index(forKey: channel.topic),
      state.topics.values[index].machine.joinRef == channel.joinRef
    else { return nil }
    return body(&state.topics.values[index].machine)
  }

  private static func message(in actions: [Action]) -> PhoenixMessage? {
    for case .send(let message) in actions { return message }
    return nil
  }

  private func notJoined(_ channel: Channel) -> ChannelError {
    let (machineState, ended) = state.withLock { ($0.topics[channel.topic]?.machine.state, $0.ended) }
    if ended { return ChannelError(.socketClosed(transport.closure), topic: channel.topic) }
    if machineState == .crashed(joinRef: channel.joinRef) {
      return ChannelError(.crashed(reason: nil), topic: channel.topic)
    }
    return ChannelError(.closed, topic: channel.topic)
  }

  /// A fresh ref, and who waits for the reply to it.
  private func newWaiter(topic: String) throws(ChannelError) -> (ref: String, waiter: Waiter<PhoenixReply>) {
    let waiter = Waiter<PhoenixReply>()
    let ref = state.withLock { state -> String? in
      guard !state.ended else { return nil }
      let ref = state.nextRef()
      state.waiters[ref] = (topic, waiter)
      return ref
    }
    guard let ref else { throw ChannelError(.socketClosed(transport.closure), topic: topic) }
    return (ref, waiter)
  }

  /// Sends a message and waits for the reply to its ref.
  private func exchange(
    _ message: PhoenixMessage, ref: String, waiter: Waiter<PhoenixReply>, timeout: Duration?
  ) async throws(ChannelError) -> PhoenixReply {
    do {
      try await send(message)
      let limit = timeout ?? configuration.replyTimeout
      guard limit != Self.unlimited else { return try await waiter.value() }
      return try await withDeadline(limit, clock: clock) {
        try await waiter.value()
      }
    } catch {
      let actions = state.withLock { state -> [Action] in
        state.waiters.removeValue(forKey: ref)
        return state.topics[message.topic]?.machine.abandon(ref: ref) ?? []
      }
      if let leave = Self.message(in: actions) { try? await send(leave) }
      var mapped = ChannelError.from(error, topic: message.topic, closure: transport.closure)
      mapped.topic = message.topic
      throw mapped
    }
  }

  private func send(_ message: PhoenixMessage) async throws(ChannelError) {
    do {
      try await transport.send(serializer.payload(of: message))
    } catch {
      throw ChannelError.from(error, topic: message.topic, closure: transport.closure)
    }
  }
}
