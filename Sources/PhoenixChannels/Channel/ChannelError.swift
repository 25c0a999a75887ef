package import HTTPWire

/// Why something on a channel, or on its socket, did not work.
package struct ChannelError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The gateway answered the join with an error; with its `response.reason`, if there was one, and `response`.
    case joinRefused(reason: String?, response: JSONValue)
    /// The gateway has no such channel, or does not hold us as joined to it.
    case unmatchedTopic
    /// No reply came in time.
    case timedOut
    /// The socket ended; with how, when that is known.
    case socketClosed(WebSocket.Close?)
    /// The gateway did not take what was written in time. The socket is closed.
    case writeTimedOut
    /// The channel crashed on the gateway (`phx_error`). Join again.
    case crashed(reason: String?)
    /// The channel was closed by the gateway, left, or replaced by a newer join of the same topic.
    case closed
    /// The channel is not joined.
    case notJoined
    /// A string does not fit a binary message, see ``SerializerError``.
    case tooLarge(field: String)
    /// The message has no form on the wire.
    case unrepresentable
    /// A reply to a heartbeat that was not "ok".
    case unexpectedReply(status: String)
    case cancelled
  }

  package var kind: Kind
  /// The topic that it is about; "phoenix" for the socket's heartbeat.
  package var topic: String

  package init(_ kind: Kind, topic: String) {
    self.kind = kind
    self.topic = topic
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .joinRefused(let reason?, _): "The gateway refused to join \(topic): \(reason)."
    case .joinRefused(nil, _): "The gateway refused to join \(topic) and gave no reason."
    case .unmatchedTopic: "The gateway does not know \(topic). Check that it serves this path."
    case .timedOut: "The gateway did not reply on \(topic) in time."
    case .socketClosed(let close?): "The connection to the gateway ended (code \(close.code))."
    case .socketClosed(nil): "The connection to the gateway ended."
    case .writeTimedOut: "The gateway did not take what was sent on \(topic) in time."
    case .crashed(let reason?): "The channel \(topic) crashed on the gateway: \(reason)."
    case .crashed(nil): "The channel \(topic) crashed on the gateway."
    case .closed: "The channel \(topic) is closed."
    case .notJoined: "The channel \(topic) is not joined."
    case .tooLarge(let field): "The \(field) of a binary message on \(topic) has more than 255 octets."
    case .unrepresentable: "A message on \(topic) has no form on the wire."
    case .unexpectedReply(let status): "The gateway answered the heartbeat with \(status)."
    case .cancelled: "The wait for a reply on \(topic) was given up."
    }
  }

  package var description: String { sentence }

  /// What another error means for a channel.
  static func from(_ error: any Error, topic: String, closure: WebSocket.Close?) -> ChannelError {
    switch error {
    case let error as ChannelError: return error
    case is DeadlineExceeded: return ChannelError(.timedOut, topic: topic)
    case is CancellationError: return ChannelError(.cancelled, topic: topic)
    case let error as SerializerError:
      if case .tooLong(let field) = error.kind { return ChannelError(.tooLarge(field: field), topic: topic) }
      return ChannelError(.unrepresentable, topic: topic)
    case let error as WebSocketError:
      switch error.kind {
      case .timedOut: return ChannelError(.writeTimedOut, topic: topic)
      case .malformed: return ChannelError(.unrepresentable, topic: topic)
      case .closed(let close): return ChannelError(.socketClosed(close ?? closure), topic: topic)
      }
    default: return ChannelError(.socketClosed(closure), topic: topic)
    }
  }
}
