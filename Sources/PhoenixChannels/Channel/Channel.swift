/// One join of one topic. When it has crashed or was closed, join again through the socket: that is a new channel,
/// with a fresh join_ref.
package final class Channel: Sendable {
  package enum Event: Sendable, Equatable {
    /// An event of the gateway, a push or a broadcast.
    case message(PhoenixMessage)
    /// The channel crashed on the gateway. Nothing more comes.
    case crashed(reason: String?)
    /// The gateway closed the channel, it was left, or joined anew. Nothing more comes.
    case closed
  }

  package let topic: String
  package let joinRef: String
  /// The `response` of the reply to the join.
  package let joinResponse: JSONValue
  private let socket: PhoenixSocket
  private let queue: EventQueue

  init(topic: String, joinRef: String, joinResponse: JSONValue, socket: PhoenixSocket, queue: EventQueue) {
    self.topic = topic
    self.joinRef = joinRef
    self.joinResponse = joinResponse
    self.socket = socket
    self.queue = queue
  }

  deinit {
    queue.abandon()
  }

  /// The next event; nil when there is nothing more, because the socket ended or after `.crashed` or `.closed`, or
  /// when the task is cancelled. One consumer at a time.
  ///
  /// Read it steadily: a full buffer stops the socket from being read, replies and heartbeats too.
  package func next() async -> Event? {
    await queue.next()
  }

  /// What comes from now on is dropped: nobody reads it, and it holds up nobody.
  package func stopReading() { queue.abandon() }

  /// Sends an event, and returns when the gateway can be sent more; no reply is expected. Many tasks may push at once.
  ///
  /// Binary data are not copied into a message first, and may come in parts. On the ``PhoenixSocket/executor`` a push
  /// changes no threads.
  package func push(_ event: String, _ payload: PhoenixMessage.Payload) async throws(ChannelError) {
    try await socket.push(event, payload, on: self)
  }

  /// Sends an event and waits for its reply, whatever its status.
  /// - Parameter timeout: nil: the socket's `replyTimeout`; or ``PhoenixSocket/unlimited``.
  package func call(
    _ event: String, _ payload: JSONValue, timeout: Duration? = nil
  ) async throws(ChannelError) -> PhoenixReply {
    try await socket.call(event, .json(payload), on: self, timeout: timeout)
  }

  /// Leaves, and waits for the reply. Does nothing when the channel is not joined any more.
  package func leave() async throws(ChannelError) {
    try await socket.leave(self)
  }
}
