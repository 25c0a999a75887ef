/// What a handler did with its answer that cannot be put on the wire.
package struct ResponseError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// A head after the head, content before it, or anything after the end.
    case outOfOrder
    /// The content does not have the length that `Content-Length` says. The connection is cut.
    case wrongLength
    /// `Content-Length` is not one number.
    case badLength
    /// The request did not ask for a WebSocket.
    case notWebSocket
    /// The client is gone, or the connection was cut.
    case connectionLost
    /// The client did not take the octets in time. The connection is cut.
    case timedOut
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .outOfOrder: "An answer is written as one head, then content, then one end."
    case .wrongLength: "The content of the answer is not as long as its Content-Length says."
    case .badLength: "The Content-Length of the answer is not a number."
    case .notWebSocket: "The request did not ask for a WebSocket."
    case .connectionLost: "The client is gone."
    case .timedOut: "The client did not take the answer in time, so the connection was closed."
    }
  }

  package var description: String { sentence }
}
