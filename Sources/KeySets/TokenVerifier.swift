#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Verifies tokens with the keys of a source, by rules.
///
/// The checks come in this order, and the first that fails is the one that is told: size, form, algorithm, key,
/// signature, `exp`, `nbf` and `iat` (that they are dates, then that they are kept), issuer, audience, required claims.
/// With a ``FixedKeySource``, and with a ``CachedKeySource`` that has fresh keys, nothing is awaited.
package struct TokenVerifier: Sendable {
  package let keys: any KeySource
  package let rules: TokenRules

  package init(keys: any KeySource, rules: TokenRules) {
    self.keys = keys
    self.rules = rules
  }

  /// Verifies a token in compact serialization.
  /// - Parameter now: The date that `exp` and `nbf` are measured at.
  package func verify(_ token: String, at now: Date) async throws(TokenRejection) -> VerifiedToken {
    let token = try UnverifiedToken(token)
    let algorithm = try rules.algorithm(of: token)
    try await verifySignature(of: token, algorithm)
    let verified = try VerifiedToken(token, algorithm)
    try rules.check(verified, at: now)
    return verified
  }

  private func verifySignature(
    of token: UnverifiedToken, _ algorithm: SignatureAlgorithm
  ) async throws(TokenRejection) {
    switch try await search(for: token, algorithm) {
    case .verified: return
    case .bad, .unknownKey(tried: true):
      throw TokenRejection(.badSignature, "The token's signature is not one by a key that is trusted.")
    case .unknownKey(tried: false):
      throw TokenRejection(.keyNotFound, "No key that is trusted fits the token's key id and algorithm.")
    }
  }

  private func search(
    for token: UnverifiedToken, _ algorithm: SignatureAlgorithm
  ) async throws(TokenRejection) -> KeySet.Search {
    do {
      let found = try await keys.keys().search(for: token, algorithm)
      guard case .unknownKey = found, let newer = try await keys.keysAfterMiss(of: token.keyID) else { return found }
      return newer.search(for: token, algorithm)
    } catch {
      throw TokenRejection(.keysUnavailable, "The keys to verify tokens with cannot be had now.", cause: error)
    }
  }
}
