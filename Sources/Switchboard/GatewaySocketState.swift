import PhoenixChannels

/// What Phoenix does with the messages of one socket, without I/O: joins, leaves, heartbeats, and what is dropped.
///
/// It behaves as Phoenix 1.8 was observed to: a second join of a topic is answered first, then the old one is closed; a
/// push with another `join_ref` than the join's is dropped silently; a leave likewise.
struct GatewaySocketState {
  enum Action: Equatable {
    case send(PhoenixMessage)
    /// A line is up.
    case joined(joinRef: String?)
    /// The line of that join is over.
    case left(joinRef: String?)
    /// An event on the joined topic.
    case event(String, ref: String?, PhoenixMessage.Payload)
    /// The message means nothing here.
    case drop
  }

  /// The one topic that this socket's token opens: `telephone:<path_id>`.
  let topic: String
  /// The response to a join.
  let joinResponse: JSONValue
  private(set) var joinRef: String?
  private(set) var isJoined = false

  init(pathID: String, joinResponse: JSONValue) {
    self.topic = "telephone:\(pathID)"
    self.joinResponse = joinResponse
  }

  mutating func receive(_ message: PhoenixMessage) -> [Action] {
    if message.topic == PhoenixEvent.socketTopic {
      return message.event == PhoenixEvent.heartbeat ? [reply(to: message, "ok", [:])] : [.drop]
    }
    switch message.event {
    case PhoenixEvent.join: return join(message)
    case _ where message.topic != topic || !isJoined:
      var unmatched = message
      unmatched.joinRef = nil
      return [reply(to: unmatched, "error", ["reason": "unmatched topic"])]
    case _ where message.joinRef != joinRef:
      return [.drop]
    case PhoenixEvent.leave:
      isJoined = false
      return [reply(to: message, "ok", [:]), .left(joinRef: joinRef), close(joinRef)]
    default:
      return [.event(message.event, ref: message.ref, message.payload)]
    }
  }

  /// A push of ours on the joined topic; `nil` when it is not joined any more.
  func push(_ event: String, _ payload: JSONValue) -> PhoenixMessage? {
    isJoined ? PhoenixMessage(joinRef: joinRef, topic: topic, event: event, json: payload) : nil
  }

  /// The reply to a push on the joined topic.
  func reply(ref: String?, _ status: String, _ response: JSONValue) -> PhoenixMessage {
    PhoenixReply(status: status, json: response).message(joinRef: joinRef, ref: ref, topic: topic)
  }

  private mutating func join(_ message: PhoenixMessage) -> [Action] {
    guard message.topic.hasPrefix("telephone:") else {
      var unmatched = message
      unmatched.joinRef = nil
      return [reply(to: unmatched, "error", ["reason": "unmatched topic"])]
    }
    guard message.topic == topic else { return [reply(to: message, "error", ["reason": "unauthorized"])] }
    let (old, wasJoined) = (joinRef, isJoined)
    joinRef = message.joinRef
    isJoined = true
    let ok = reply(to: message, "ok", joinResponse)
    return wasJoined
      ? [ok, .left(joinRef: old), close(old), .joined(joinRef: joinRef)] : [ok, .joined(joinRef: joinRef)]
  }

  private func reply(to message: PhoenixMessage, _ status: String, _ response: JSONValue) -> Action {
    .send(
      PhoenixReply(status: status, json: response).message(
        joinRef: message.joinRef, ref: message.ref, topic: message.topic))
  }

  private func close(_ joinRef: String?) -> Action {
    .send(PhoenixMessage(joinRef: joinRef, ref: joinRef, topic: topic, event: PhoenixEvent.close, json: [:]))
  }
}
