/// Why an agent ended by itself.
package struct AgentError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// `MAX_RETRIES` attempts in a row failed.
    case gaveUp
    /// The token has expired; no attempt can succeed with it.
    case tokenExpired
  }

  package var kind: Kind
  package var sentence: String
  package var description: String { sentence }

  package init(kind: Kind, sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
