import PhoenixChannels
import Tunnel

/// What Phoenix does with the messages of one socket, without I/O: joins, leaves, heartbeats, and what is dropped.
///
/// It behaves as Phoenix 1.8 was observed to: a second join of a topic is answered first, then the old one is closed; a
/// push with another `join_ref` than the join's is dropped silently; a leave likewise.
struct GatewaySocketState {
  enum Action: Equatable {
    case send(PhoenixMessage)
    /// A line is up, on what the telephone offered for protocol 2 (`nil`: on protocol 1); its pushes wait until ``opened``.
    case joined(joinRef: String?, LineTerms?)
    /// The reply to the join is out, so pushes may follow it.
    case opened
    /// The line of that join is over.
    case left(joinRef: String?)
    /// An event on the joined topic.
    case event(String, ref: String?, PhoenixMessage.Payload)
    /// The message means nothing here.
    case drop
  }

  /// The one topic that this socket's token opens: `telephone:<path_id>`.
  var topic: String { rules.topic }
  /// Answers what a join offers.
  let rules: JoinRules
  private(set) var joinRef: String?
  private(set) var isJoined = false

  init(rules: JoinRules) {
    self.rules = rules
  }

  mutating func receive(_ message: PhoenixMessage) -> [Action] {
    switch message.event {
    case PhoenixEvent.heartbeat where message.topic == PhoenixEvent.socketTopic:
      return [reply(to: message, joinRef: nil, "ok", [:])]
    case PhoenixEvent.join: return join(message)
    case PhoenixEvent.leave where message.topic != topic || !isJoined:
      return [reply(to: message, joinRef: message.joinRef, "ok", [:])]
    case _ where message.topic != topic || !isJoined: return [unmatched(message)]
    case _ where message.joinRef != joinRef:
      return [.drop]
    case PhoenixEvent.leave:
      isJoined = false
      return [.left(joinRef: joinRef), reply(to: message, joinRef: joinRef, "ok", [:]), close(joinRef)]
    default:
      return [.event(message.event, ref: message.ref, message.payload)]
    }
  }

  /// The channel of a join has crashed.
  /// - Returns: what the telephone is told, as Phoenix does; `nil` if that join is over already.
  mutating func crash(joinRef crashed: String?) -> PhoenixMessage? {
    guard isJoined, joinRef == crashed else { return nil }
    isJoined = false
    return PhoenixMessage(joinRef: crashed, ref: crashed, topic: topic, event: PhoenixEvent.error, json: [:])
  }

  /// The reply to a push on the joined topic.
  func reply(ref: String?, _ status: String, _ response: JSONValue) -> PhoenixMessage {
    PhoenixReply(status: status, json: response).message(joinRef: joinRef, ref: ref, topic: topic)
  }

  private mutating func join(_ message: PhoenixMessage) -> [Action] {
    guard message.topic.hasPrefix("telephone:") else { return [unmatched(message)] }
    guard message.topic == topic else {
      return [reply(to: message, joinRef: message.joinRef, "error", ["reason": "unauthorized"])]
    }
    let grant: JoinRules.Grant
    do {
      grant = try rules.grant(message)
    } catch {
      return [reply(to: message, joinRef: message.joinRef, "error", ["reason": .string(error.sentence)])]
    }
    let (old, wasJoined) = (joinRef, isJoined)
    joinRef = message.joinRef
    isJoined = true
    let granted: [Action] = [
      .joined(joinRef: joinRef, grant.offered), reply(to: message, joinRef: joinRef, "ok", grant.response), .opened,
    ]
    return wasJoined ? [.left(joinRef: old)] + granted + [close(old)] : granted
  }

  private func unmatched(_ message: PhoenixMessage) -> Action {
    reply(to: message, joinRef: nil, "error", ["reason": "unmatched topic"])
  }

  private func reply(
    to message: PhoenixMessage, joinRef: String?, _ status: String, _ response: JSONValue
  ) -> Action {
    .send(
      PhoenixReply(status: status, json: response).message(
        joinRef: joinRef, ref: message.ref, topic: message.topic))
  }

  private func close(_ joinRef: String?) -> Action {
    .send(PhoenixMessage(joinRef: joinRef, ref: joinRef, topic: topic, event: PhoenixEvent.close, json: [:]))
  }
}
