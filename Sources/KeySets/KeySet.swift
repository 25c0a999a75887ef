import Crypto

/// The keys that tokens are verified with: one secret, one public key, or those of a JWKS.
///
/// A key is used with the algorithms of its own kind only, and a JWK that names an `alg` with that one only. So a public
/// RSA key is never taken for an HMAC secret, whatever a token's header says.
package struct KeySet: Sendable {
  /// The most octets that a PEM text may have: 64 KiB.
  package static let maximumPEMSize = 64 * 1024
  /// The most octets that a JWKS may have: 1 MiB.
  package static let maximumJWKSSize = 1024 * 1024
  /// The most keys that a JWKS may have, those that are left out counted too.
  package static let maximumKeys = 256

  struct Entry: Sendable {
    let key: VerificationKey
    /// The `kid`; `nil` for a secret, a PEM text, and a JWK that has none.
    let id: String?
    /// The one algorithm that a JWK says it is for.
    let algorithm: SignatureAlgorithm?

    init(_ key: VerificationKey, id: String? = nil, algorithm: SignatureAlgorithm? = nil) {
      self.key = key
      self.id = id
      self.algorithm = algorithm
    }

    func fits(_ algorithm: SignatureAlgorithm) -> Bool {
      key.kind == algorithm.kind && (self.algorithm == nil || self.algorithm == algorithm)
    }
  }

  let entries: [Entry]

  /// Why keys of a JWKS were left out, one sentence each. Empty for a secret and a PEM text.
  package let leftOut: [String]

  init(entries: [Entry], leftOut: [String] = []) {
    self.entries = entries
    self.leftOut = leftOut
  }

  /// A shared secret for HS256, HS384 and HS512, its UTF-8 octets.
  ///
  /// A good one has at least ``SignatureAlgorithm/minimumSecretSize`` random octets (RFC 7518 section 3.2). A shorter
  /// one is taken, since secrets in the field are what they are; who reads the settings warns.
  /// - Throws: ``KeySetError``, if the secret is empty or the text of a public key or certificate, which is no secret.
  package init(secret: String) throws(KeySetError) {
    guard !secret.isEmpty else {
      throw KeySetError(.empty, "The secret is empty. Make one with: openssl rand -base64 48")
    }
    if secret.contains("-----BEGIN"), secret.contains("PUBLIC KEY-----") || secret.contains("CERTIFICATE-----") {
      throw KeySetError(
        .wrongKeyClass, "The secret is the PEM text of a public key, which everybody may know. Give it as public key.")
    }
    self.init(entries: [Entry(.secret(SymmetricKey(data: Array(secret.utf8))))])
  }

  /// How many keys there are.
  package var count: Int { entries.count }

  /// The kinds of the keys.
  package var kinds: Set<KeyKind> { Set(entries.map(\.key.kind)) }

  /// Whether any key could verify a token of this algorithm. Where none can, a rule that allows it lets nobody in.
  package func supports(_ algorithm: SignatureAlgorithm) -> Bool { entries.contains { $0.fits(algorithm) } }

  /// What came of looking for the key that made a signature.
  enum Search {
    case verified
    /// Keys fitted, none verifies, and another key set would not be expected to.
    case bad
    /// No key has the token's `kid` (or, without one, none fits). `tried`: keys without a `kid` were tried in vain.
    case unknownKey(tried: Bool)
  }

  /// Looks for the key of a token: those with its `kid`, else those that have no `kid` of their own; without a `kid`
  /// every key that fits (RFC 7515 section 4.1.4).
  func search(for token: UnverifiedToken, _ algorithm: SignatureAlgorithm) -> Search {
    let fitting = entries.filter { $0.fits(algorithm) }
    guard let id = token.keyID else {
      if fitting.isEmpty { return .unknownKey(tried: false) }
      return fitting.contains { token.isSigned(by: $0.key, algorithm) } ? .verified : .bad
    }
    let named = fitting.filter { $0.id?.hasSameOctets(as: id) == true }
    if !named.isEmpty { return named.contains { token.isSigned(by: $0.key, algorithm) } ? .verified : .bad }
    let nameless = fitting.filter { $0.id == nil }
    if nameless.contains(where: { token.isSigned(by: $0.key, algorithm) }) { return .verified }
    return .unknownKey(tried: !nameless.isEmpty)
  }
}
