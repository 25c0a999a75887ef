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
    /// Its `nbf` is yet to come.
    case notYetValid
    /// No key that is trusted made its signature, or its algorithm is not one that is trusted.
    case badSignature
    /// The key set that was fetched has no key that fits it. A newer key set may.
    case keyNotFound
    /// The keys to verify with cannot be had now, so nothing is known of the token. Worth another try.
    case keysUnavailable
    /// A refreshed token is for another `path_id` than the one that it replaces.
    case otherPath
    /// It is not known what to verify tokens with: a setting is missing, wrong, or there are too many.
    case settings
  }

  package let kind: Kind
  /// What is wrong and what to do, for a person.
  package let sentence: String

  package init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  package var description: String { sentence }

  /// Whether the same token may pass later, when other keys are there.
  package var isForWantOfKeys: Bool { kind == .keysUnavailable || kind == .keyNotFound }
}
