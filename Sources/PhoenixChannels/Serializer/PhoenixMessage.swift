package import NIOCore

/// One message of Phoenix Channels, serializer V2.
package struct PhoenixMessage: Sendable, Equatable {
  package enum Payload: Sendable, Equatable {
    case json(JSONValue)
    /// What is sent may come in parts, which are one message on the wire: `rest` stands behind the first. What is received
    /// has none.
    case binary(ByteBuffer, rest: [ByteBuffer] = [])
  }

  /// The ref of the join that the message belongs to; nil on heartbeats and broadcasts.
  package var joinRef: String?
  /// What a reply repeats; nil on pushes of a server.
  package var ref: String?
  package var topic: String
  package var event: String
  package var payload: Payload
  /// The status of a `phx_reply` whose response is binary (kind 1); nil otherwise.
  package var binaryReplyStatus: String?

  package init(
    joinRef: String? = nil, ref: String? = nil, topic: String, event: String, payload: Payload,
    binaryReplyStatus: String? = nil
  ) {
    self.joinRef = joinRef
    self.ref = ref
    self.topic = topic
    self.event = event
    self.payload = payload
    self.binaryReplyStatus = binaryReplyStatus
  }

  package init(joinRef: String? = nil, ref: String? = nil, topic: String, event: String, json: JSONValue) {
    self.init(joinRef: joinRef, ref: ref, topic: topic, event: event, payload: .json(json))
  }

  /// The payload, when it is JSON.
  package var json: JSONValue? {
    if case .json(let value) = payload { value } else { nil }
  }

  /// The payload, when it is binary and in one part, as all is that is received.
  package var binary: ByteBuffer? {
    if case .binary(let octets, rest: []) = payload { octets } else { nil }
  }
}

/// The events that Phoenix itself uses.
package enum PhoenixEvent {
  package static let join = "phx_join"
  package static let leave = "phx_leave"
  package static let reply = "phx_reply"
  package static let error = "phx_error"
  package static let close = "phx_close"
  package static let heartbeat = "heartbeat"
  /// The topic of the socket's own heartbeat.
  package static let socketTopic = "phoenix"
}

/// The content of a `phx_reply`.
package struct PhoenixReply: Sendable, Equatable {
  /// "ok", "error", or another word.
  package var status: String
  package var response: PhoenixMessage.Payload

  package init(status: String, response: PhoenixMessage.Payload) {
    self.status = status
    self.response = response
  }

  package init(status: String, json: JSONValue) {
    self.init(status: status, response: .json(json))
  }

  /// Reads a `phx_reply`; nil for another event, or a payload without a `status`. A missing `response` is `{}`.
  package init?(_ message: PhoenixMessage) {
    guard message.event == PhoenixEvent.reply else { return nil }
    switch message.payload {
    case .binary:
      guard let status = message.binaryReplyStatus else { return nil }
      self.init(status: status, response: message.payload)
    case .json(let value):
      guard let status = value["status"]?.stringValue else { return nil }
      self.init(status: status, response: .json(value["response"] ?? [:]))
    }
  }

  package var isOK: Bool { status == "ok" }

  /// The response, when it is JSON; `null` for a binary one.
  package var json: JSONValue {
    if case .json(let value) = response { value } else { .null }
  }

  /// `response.reason`, when it is a string.
  package var reason: String? { json["reason"]?.stringValue }

  /// The `phx_reply` message that carries it.
  package func message(joinRef: String?, ref: String?, topic: String) -> PhoenixMessage {
    switch response {
    case .json(let value):
      PhoenixMessage(
        joinRef: joinRef, ref: ref, topic: topic, event: PhoenixEvent.reply,
        json: ["status": .string(status), "response": value])
    case .binary:
      PhoenixMessage(
        joinRef: joinRef, ref: ref, topic: topic, event: PhoenixEvent.reply, payload: response,
        binaryReplyStatus: status)
    }
  }
}
