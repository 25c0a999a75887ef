package import HTTPWire
package import Logging
import NIOCore
import Synchronization

/// A client of Phoenix Channels over one transport, for the life of that transport.
///
/// What cannot be decoded is counted and dropped, and the socket stays open: the JavaScript client of Phoenix does
/// the same (its decoder throws inside the event handler, and the next message is read).
package final class PhoenixSocket: Sendable {
  package struct Configuration: Sendable {
    /// For each reply: to a join, a call, a leave, a heartbeat. Default 10 s. Writes have the transport's deadline.
    package var replyTimeout: Duration
    /// How many octets of events wait for a slow reader of a channel before the socket is no longer read, about.
    /// Default 4 MiB.
    package var inboundBuffer: Int
    /// How many events may wait so. Default 1024.
    package var inboundCount: Int

    package init(replyTimeout: Duration = .seconds(10), inboundBuffer: Int = 4 << 20, inboundCount: Int = 1024) {
      self.replyTimeout = replyTimeout
      self.inboundBuffer = inboundBuffer
      self.inboundCount = inboundCount
    }
  }

  /// What was dropped since the socket was made.
  package struct Counters: Sendable, Equatable {
    /// Messages that cannot be decoded, and replies without a status or ref.
    package var malformed = 0
    /// Messages of an earlier join.
    package var stale = 0
    /// Replies that nobody waits for any more: a second one, a late one, or one to a push.
    package var unawaitedReplies = 0
    /// Replies with a ref that was never used.
    package var unknownRefs = 0
    /// Reserved events without a meaning.
    package var unknownEvents = 0
    /// Messages of a topic that was never joined, or is not joined now.
    package var notJoined = 0

    package init() {}
  }

  /// As the time limit of one reply: none. Only its arrival, the end of the socket or a cancelled task ends the wait.
  package static let unlimited = Duration.seconds(Int64.max)

  struct Topic {
    var machine: ChannelStateMachine
    var queue: EventQueue
  }

  struct State {
    var lastRef: UInt64 = 0
    var topics: [String: Topic] = [:]
    var waiters: [String: (topic: String, waiter: Waiter<PhoenixReply>)] = [:]
    var counters = Counters()
    var ended = false

    mutating func nextRef() -> String {
      lastRef += 1
      return String(lastRef)
    }
  }

  let transport: any PhoenixTransport
  let clock: any Clock<Duration>
  let configuration: Configuration
  private let logger: Logger
  private let headway = Headway()
  let serializer = PhoenixSerializer(role: .client)
  let state = Mutex(State())

  package init(
    transport: any PhoenixTransport, clock: any Clock<Duration>, configuration: Configuration = .init(),
    logger: Logger
  ) {
    self.transport = transport
    self.clock = clock
    self.configuration = configuration
    self.logger = logger
  }

  package var counters: Counters { state.withLock { $0.counters } }

  /// How the transport ended; nil while it is open.
  package var closure: WebSocket.Close? { transport.closure }

  /// Where to run the tasks that read and push, so that a message changes no threads; nil: anywhere.
  package var executor: (any TaskExecutor)? { transport.executor }

  /// Heartbeats are sent next, the socket's or a channel's: what is before them in the queue may hold them up.
  package func beginBeats() async { headway.begin(await transport.flow) }

  /// Whether the answers to the heartbeats need not have come yet, because of what has moved before them since it was asked
  /// last.
  package func isHeldUp() async -> Bool { headway.isHeldUp(await transport.flow) }

  // MARK: Reading

  /// Reads until the transport ends, then fails everybody who waits. Call it once, in a task of its own; when that
  /// task is cancelled, the transport is closed (1000). It reads on the ``executor``.
  package func run() async -> WebSocket.Close? {
    await withTaskExecutorPreference(executor) { await read() }
    end()
    if transport.closure == nil { await transport.close(code: 1000, reason: "") }
    return transport.closure
  }

  private func read() async {
    while let message = try? await transport.receive() {
      let decoded: PhoenixMessage
      do throws(SerializerError) {
        decoded = try serializer.decode(message)
      } catch {
        state.withLock { $0.counters.malformed += 1 }
        logger.warning("dropped a malformed message", metadata: ["reason": "\(error.sentence)"])
        continue
      }
      if let full = receive(decoded, cost: Self.cost(message)) { await full.waitForSpace() }
    }
  }

  /// - Returns: a queue that is full now.
  private func receive(_ message: PhoenixMessage, cost: Int) -> EventQueue? {
    let reader = state.withLock { state -> EventQueue? in
      guard let topic = state.topics[message.topic], topic.machine.delivers(message) else { return nil }
      return topic.queue
    }
    if let reader { return reader.offer(.message(message), cost: cost) ? reader : nil }
    let (waiter, actions, queue) = state.withLock { state -> (Waiter<PhoenixReply>?, [Action], EventQueue?) in
      if message.topic == PhoenixEvent.socketTopic {
        guard message.event == PhoenixEvent.reply else {
          state.counters.unknownEvents += 1
          return (nil, [], nil)
        }
        // A reply on this topic is to a heartbeat, whatever its ref says.
        guard let ref = message.ref, state.waiters[ref]?.topic == message.topic,
          let (_, waiter) = state.waiters.removeValue(forKey: ref)
        else {
          let used = message.ref.flatMap { UInt64($0) }.map { $0 > 0 && $0 <= state.lastRef } ?? false
          if used { state.counters.unawaitedReplies += 1 } else { state.counters.unknownRefs += 1 }
          return (nil, [], nil)
        }
        return (waiter, [], nil)
      }
      guard let index = state.topics.index(forKey: message.topic) else {
        state.counters.notJoined += 1
        return (nil, [], nil)
      }
      let actions = state.topics.values[index].machine.receive(message)
      return (nil, actions, state.topics.values[index].queue)
    }
    if let waiter {
      let reply = PhoenixReply(message) ?? PhoenixReply(status: "", json: .null)
      waiter.resolve(.success(reply))
    }
    return perform(actions, topic: message.topic, queue: queue, cost: cost) ? queue : nil
  }

  typealias Action = ChannelStateMachine.Action

  /// Does what a state machine wants, except to send.
  /// - Returns: whether the queue is full.
  @discardableResult
  func perform(_ actions: [Action], topic: String, queue: EventQueue?, cost: Int) -> Bool {
    var full = false
    for action in actions {
      switch action {
      case .send: break
      case .succeed(let ref, let reply): waiter(ref)?.resolve(.success(reply))
      case .fail(let ref, let failure): waiter(ref)?.resolve(.failure(Self.error(failure, topic: topic)))
      case .deliver(let message): full = queue?.offer(.message(message), cost: cost) ?? false
      case .crashed(let reason):
        _ = queue?.offer(.crashed(reason: reason), cost: 0)
        queue?.finish()
      case .closed:
        _ = queue?.offer(.closed, cost: 0)
        queue?.finish()
      case .drop(let drop): count(drop, topic: topic)
      }
    }
    return full
  }

  func waiter(_ ref: String) -> Waiter<PhoenixReply>? {
    state.withLock { $0.waiters.removeValue(forKey: ref)?.waiter }
  }

  private func count(_ drop: ChannelStateMachine.Drop, topic: String) {
    state.withLock { state in
      switch drop {
      case .stale: state.counters.stale += 1
      case .unawaitedReply: state.counters.unawaitedReplies += 1
      case .unknownRef: state.counters.unknownRefs += 1
      case .unknownEvent: state.counters.unknownEvents += 1
      case .notJoined: state.counters.notJoined += 1
      case .malformedReply: state.counters.malformed += 1
      }
    }
    logger.debug("dropped a message", metadata: ["why": "\(drop)", "topic": "\(topic)"])
  }

  private func end() {
    let (waiters, topics) = state.withLock { state in
      state.ended = true
      defer { state.waiters = [:] }
      return (state.waiters.values.map(\.waiter), Array(state.topics.values))
    }
    for waiter in waiters { waiter.resolve(.failure(ChannelError(.socketClosed(transport.closure), topic: ""))) }
    for topic in topics { topic.queue.finish() }
  }

  private static func cost(_ message: WebSocket.Message) -> Int {
    switch message {
    case .text(let text): text.utf8.count
    case .binary(let octets): octets.readableBytes
    }
  }

  private static func error(_ failure: ChannelStateMachine.Failure, topic: String) -> ChannelError {
    switch failure {
    case .joinRefused(let reason, let response):
      ChannelError(.joinRefused(reason: reason, response: response), topic: topic)
    case .unmatchedTopic: ChannelError(.unmatchedTopic, topic: topic)
    case .crashed(let reason): ChannelError(.crashed(reason: reason), topic: topic)
    case .closed: ChannelError(.closed, topic: topic)
    }
  }
}
