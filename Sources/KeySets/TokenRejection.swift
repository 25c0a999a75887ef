/// Why a token is not accepted. Its sentence never holds a character of the token.
package struct TokenRejection: Error, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    /// Too long, not three base64url parts, no JSON objects, an extension that must be understood, a date that is none.
    case malformed
    /// The header's `alg` is not one that is allowed, `none` among them.
    case algorithmNotAllowed
    /// No key has the token's `kid`, or none is of the algorithm's kind.
    case keyNotFound
    /// No key that fits made the signature.
    case badSignature
    /// `exp` is past (RFC 7519 section 4.1.4).
    case expired
    /// `nbf` is yet to come (RFC 7519 section 4.1.5).
    case notYetValid
    /// `iss` is not the one that is expected.
    case wrongIssuer
    /// `aud` does not name the one that is expected.
    case wrongAudience
    /// A claim that is required is missing or null.
    case missingClaim
    /// There are no keys to verify with at the moment, so nothing is known of the token.
    case keysUnavailable
  }

  package let kind: Kind
  /// What is wrong, for a person.
  package let sentence: String
  /// For ``Kind/keysUnavailable`` what became of the keys.
  package let cause: (any Error)?

  package init(_ kind: Kind, _ sentence: String, cause: (any Error)? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.cause = cause
  }

  /// Whether the token is genuine and in force, and a claim of it is wrong: issuer, audience, or one that is missing.
  /// A caller answers 403 then (RFC 6750 section 3.1, `insufficient_scope`).
  package var isWrongClaim: Bool {
    switch kind {
    case .wrongIssuer, .wrongAudience, .missingClaim: true
    default: false
    }
  }

  /// Whether the token itself is not accepted: all that is not ``isWrongClaim``. A caller answers 401 then (RFC 6750
  /// section 3.1, `invalid_token`), also for ``Kind/keysUnavailable``: without keys nobody is let in.
  package var isInvalidToken: Bool { !isWrongClaim }

  package var description: String { sentence }

  static func malformed(_ sentence: String) -> TokenRejection { TokenRejection(.malformed, sentence) }
}
