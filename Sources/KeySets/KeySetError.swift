/// Why keys could not be had: from a secret, a PEM text, a JWKS, or from where a JWKS is fetched.
package struct KeySetError: Error, CustomStringConvertible {
  package enum Kind: String, Hashable, Sendable {
    /// There is nothing: an empty secret, or no key for signatures in a JWKS.
    case empty
    /// It is not what it should be: no PEM, no JSON, not an object with `keys`.
    case malformed
    /// A key of a sort that no algorithm here can use.
    case unsupportedKey
    /// An RSA key of fewer than 2048 bits.
    case weakKey
    /// A private or secret key where a public one belongs, or a public one where a secret belongs.
    case wrongKeyClass
    /// More octets or more keys than the bound.
    case tooLarge
    /// The key set could not be fetched, and no earlier one is fresh enough.
    case unavailable
    /// The one who waited for the key set was cancelled; the fetch goes on for the others.
    case cancelled
  }

  package let kind: Kind
  /// What is wrong and what to do, for a person. Never a part of a key.
  package let sentence: String
  /// What was thrown below, when something was.
  package let cause: (any Error)?

  package init(_ kind: Kind, _ sentence: String, cause: (any Error)? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.cause = cause
  }

  package var description: String { sentence }
}
