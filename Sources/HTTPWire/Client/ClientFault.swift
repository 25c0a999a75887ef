/// Why an exchange on a client's connection failed, and how far it was.
package struct ClientFault: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable, CaseIterable {
    /// The connection ended before the head of the answer.
    case closed
    /// The connection ended inside the content of the answer.
    case cutOff
    /// What came is not an answer of HTTP/1.1, or agrees to something that was not asked for.
    case malformed
    /// The request cannot be written: its target has other octets than visible ASCII, or its content is not as long as
    /// it said.
    case unsendable
    /// The exchange was given up on this side.
    case givenUp
  }

  package var kind: Kind
  package var cause: (any Error)?
  /// Whether an octet of the request was handed to the socket.
  package var sentOctets = false
  /// Whether an octet of an answer came.
  package var gotOctets = false

  package init(_ kind: Kind, cause: (any Error)? = nil) {
    self.kind = kind
    self.cause = cause
  }

  package var description: String {
    switch kind {
    case .closed: "The connection ended before the answer."
    case .cutOff: "The connection ended inside the answer."
    case .malformed: "The answer is malformed."
    case .unsendable: "The request cannot be sent as it is."
    case .givenUp: "The exchange was given up."
    }
  }
}
