/// Why the agent's token cannot be used. Its sentence never holds a character of the token.
package struct TokenFault: Error, Equatable, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    /// There is no token.
    case missing
    /// It is no JWT, or a claim is not of the type it must have.
    case malformed
    /// One of `sub`, `jti`, `path_id`, `iat` and `exp` is not there.
    case missingClaim
    /// Its `exp` is past.
    case expired
  }

  package let kind: Kind
  /// What is wrong and what to do, for a person.
  package let sentence: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  package var description: String { sentence }
}
