/// Why something could not be sent on a WebSocket, or nothing more comes from it.
package struct WebSocketError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The socket has ended, or is about to; with the reason, when it is known.
    case closed(WebSocket.Close?)
    /// The peer did not take the octets in time. The socket is closed.
    case timedOut
    /// What was to be sent has no form on the wire. Nothing was sent.
    case malformed
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .closed(let close?):
      "The WebSocket is closed (code \(close.code))."
    case .closed(nil):
      "The WebSocket is closed."
    case .timedOut:
      "The peer of the WebSocket did not take what was written in time, so the connection was closed."
    case .malformed:
      "A control frame was too long, or a close had a code that must not be sent."
    }
  }

  package var description: String { sentence }
}
