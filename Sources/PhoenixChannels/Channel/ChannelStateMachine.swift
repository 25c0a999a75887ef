/// The client's side of one topic on one socket, without input or output.
///
/// Inputs are methods, each returns what is to be done. Refs are handed in; they are the socket's, decimal numbers
/// that only grow. The join_ref of a join is its ref, and goes on every later push.
package struct ChannelStateMachine: Sendable {
  package enum State: Sendable, Equatable {
    case idle
    case joining(joinRef: String)
    case joined(joinRef: String)
    case leaving(joinRef: String, ref: String)
    /// The channel crashed on the gateway: join again, with a fresh ref.
    case crashed(joinRef: String)
    case closed(joinRef: String)
  }

  /// Why a request that waits for a reply gets none.
  package enum Failure: Sendable, Equatable {
    case joinRefused(reason: String?, response: JSONValue)
    case unmatchedTopic
    case crashed(reason: String?)
    case closed
  }

  /// What came and means nothing here; counted by the socket.
  package enum Drop: Sendable, Equatable {
    /// Of an earlier join.
    case stale
    /// A reply that nobody waits for: a second one, a late one, or one to a push.
    case unawaitedReply
    /// A reply with a ref that was never used.
    case unknownRef
    /// An event that is reserved for Phoenix and has no meaning for a client.
    case unknownEvent
    /// For a channel that is not joined.
    case notJoined
    /// A reply without a status.
    case malformedReply
  }

  package enum Action: Sendable, Equatable {
    case send(PhoenixMessage)
    /// Answers the request with that ref: a join, a call or a leave.
    case succeed(ref: String, PhoenixReply)
    case fail(ref: String, Failure)
    /// An event for the reader of the channel.
    case deliver(PhoenixMessage)
    /// The reader is told, and there is nothing more on this join.
    case crashed(reason: String?)
    /// The reader is told, and there is nothing more on this join.
    case closed
    case drop(Drop)
  }

  package let topic: String
  package private(set) var state = State.idle
  /// The refs of calls that wait for their reply.
  private var pending: Set<String> = []
  private var lastRef: UInt64 = 0

  package init(topic: String) {
    self.topic = topic
  }

  /// The join_ref, while joined.
  package var joinRef: String? {
    if case .joined(let joinRef) = state { joinRef } else { nil }
  }

  // MARK: From above

  /// Joins, also again: an earlier join of the topic ends for its reader.
  package mutating func join(payload: JSONValue, ref: String) -> [Action] {
    var actions: [Action] = []
    switch state {
    case .joined: actions = end(.closed) + [.closed]
    case .joining(let old): actions = [.fail(ref: old, .closed), .closed]
    case .leaving(_, let leaving): actions = [.succeed(ref: leaving, Self.left)]
    case .idle, .crashed, .closed: break
    }
    use(ref)
    state = .joining(joinRef: ref)
    actions.append(
      .send(PhoenixMessage(joinRef: ref, ref: ref, topic: topic, event: PhoenixEvent.join, json: payload)))
    return actions
  }

  /// A push that expects no reply.
  /// - Returns: nil when the channel is not joined.
  package mutating func push(_ event: String, _ payload: PhoenixMessage.Payload, ref: String) -> PhoenixMessage? {
    guard case .joined(let joinRef) = state else { return nil }
    use(ref)
    return PhoenixMessage(joinRef: joinRef, ref: ref, topic: topic, event: event, payload: payload)
  }

  /// A push whose reply is awaited.
  /// - Returns: nil when the channel is not joined.
  package mutating func call(_ event: String, _ payload: PhoenixMessage.Payload, ref: String) -> PhoenixMessage? {
    guard let message = push(event, payload, ref: ref) else { return nil }
    pending.insert(ref)
    return message
  }

  /// Leaves. Calls that wait get no reply any more.
  /// - Returns: no message to send when the channel is not joined.
  package mutating func leave(ref: String) -> [Action] {
    guard case .joined(let joinRef) = state else { return [] }
    let actions = end(.closed)
    use(ref)
    state = .leaving(joinRef: joinRef, ref: ref)
    return actions + [.closed, .send(message(PhoenixEvent.leave, joinRef: joinRef, ref: ref))]
  }

  /// Nobody waits any longer for the reply to `ref`: the time was up, or the task was cancelled. A join that is
  /// given up is followed by a leave, because the gateway may have joined us.
  package mutating func abandon(ref: String) -> [Action] {
    switch state {
    case .joining(let joinRef) where joinRef == ref:
      state = .closed(joinRef: joinRef)
      return [.send(message(PhoenixEvent.leave, joinRef: joinRef, ref: nil))]
    case .leaving(let joinRef, ref):
      state = .closed(joinRef: joinRef)
      return []
    default:
      pending.remove(ref)
      return []
    }
  }

  // MARK: From the gateway

  /// Whether ``receive(_:)`` would do nothing but deliver the message: what most messages are.
  package func delivers(_ message: PhoenixMessage) -> Bool {
    guard case .joined(let joinRef) = state else { return false }
    if let other = message.joinRef, other != joinRef { return false }
    return !message.event.utf8.starts(with: Self.reserved)
  }

  package mutating func receive(_ message: PhoenixMessage) -> [Action] {
    if let joinRef = message.joinRef, joinRef != currentJoinRef { return [.drop(.stale)] }
    switch message.event {
    case PhoenixEvent.reply: return receive(reply: message)
    case PhoenixEvent.error: return crash(reason: message.json?["reason"]?.stringValue)
    case PhoenixEvent.close: return close()
    case let event where event.utf8.starts(with: Self.reserved): return [.drop(.unknownEvent)]
    default:
      guard case .joined = state else { return [.drop(.notJoined)] }
      return [.deliver(message)]
    }
  }

  private mutating func receive(reply message: PhoenixMessage) -> [Action] {
    guard let reply = PhoenixReply(message), let ref = message.ref else { return [.drop(.malformedReply)] }
    switch state {
    case .joining(let joinRef) where joinRef == ref:
      if reply.isOK {
        state = .joined(joinRef: ref)
        return [.succeed(ref: ref, reply)]
      }
      state = .closed(joinRef: ref)
      if reply.isUnmatchedTopic { return [.fail(ref: ref, .unmatchedTopic)] }
      return [.fail(ref: ref, .joinRefused(reason: reply.reason, response: reply.json))]
    case .leaving(let joinRef, ref):
      state = .closed(joinRef: joinRef)
      return [.succeed(ref: ref, reply)]
    default:
      guard pending.remove(ref) != nil else {
        let used = UInt64(ref).map { $0 <= lastRef && $0 > 0 } ?? false
        return [.drop(used ? .unawaitedReply : .unknownRef)]
      }
      guard reply.isUnmatchedTopic, case .joined(let joinRef) = state else { return [.succeed(ref: ref, reply)] }
      // The gateway says that we are not joined; its phx_error was lost, or never sent.
      let others = end(.crashed(reason: PhoenixReply.unmatchedTopic))
      state = .crashed(joinRef: joinRef)
      return [.fail(ref: ref, .unmatchedTopic)] + others + [.crashed(reason: PhoenixReply.unmatchedTopic)]
    }
  }

  private mutating func crash(reason: String?) -> [Action] {
    switch state {
    case .joining(let joinRef):
      state = .crashed(joinRef: joinRef)
      return [.fail(ref: joinRef, .crashed(reason: reason))]
    case .joined(let joinRef):
      let actions = end(.crashed(reason: reason))
      state = .crashed(joinRef: joinRef)
      return actions + [.crashed(reason: reason)]
    case .leaving(let joinRef, let ref):
      state = .closed(joinRef: joinRef)
      return [.succeed(ref: ref, Self.left)]
    case .idle, .crashed, .closed:
      return [.drop(.notJoined)]
    }
  }

  private mutating func close() -> [Action] {
    switch state {
    case .joining(let joinRef):
      state = .closed(joinRef: joinRef)
      return [.fail(ref: joinRef, .closed)]
    case .joined(let joinRef):
      let actions = end(.closed)
      state = .closed(joinRef: joinRef)
      return actions + [.closed]
    case .leaving(let joinRef, let ref):
      state = .closed(joinRef: joinRef)
      return [.succeed(ref: ref, Self.left)]
    case .closed, .crashed:
      // The phx_close that follows the reply to a leave.
      return []
    case .idle:
      return [.drop(.notJoined)]
    }
  }

  // MARK: Details

  private var currentJoinRef: String? {
    switch state {
    case .idle: nil
    case .joining(let joinRef), .joined(let joinRef), .leaving(let joinRef, _), .crashed(let joinRef),
      .closed(let joinRef):
      joinRef
    }
  }

  /// What the names of Phoenix's own events begin with.
  private static let reserved = Array("phx_".utf8)

  private static let left = PhoenixReply(status: "ok", json: [:])

  private mutating func use(_ ref: String) {
    lastRef = max(lastRef, UInt64(ref) ?? 0)
  }

  /// Fails every waiting call, in the order of their refs.
  private mutating func end(_ failure: Failure) -> [Action] {
    defer { pending = [] }
    return pending.sorted { (UInt64($0) ?? 0) < (UInt64($1) ?? 0) }.map { .fail(ref: $0, failure) }
  }

  private func message(_ event: String, joinRef: String, ref: String?) -> PhoenixMessage {
    PhoenixMessage(joinRef: joinRef, ref: ref, topic: topic, event: event, json: [:])
  }
}

extension PhoenixReply {
  static let unmatchedTopic = "unmatched topic"

  /// What Phoenix says about a topic that has no route, or that the socket has not joined.
  var isUnmatchedTopic: Bool { status == "error" && reason == Self.unmatchedTopic }
}
