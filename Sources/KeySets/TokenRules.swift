#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a token must fulfil beside its signature.
package struct TokenRules: Sendable {
  /// The algorithms that a header's `alg` may name. There is no default: who is let in is never a guess.
  package var algorithms: Set<SignatureAlgorithm>
  /// What `iss` must be, octet by octet (RFC 7519 section 4.1.1); `nil`: anything, or nothing.
  package var issuer: String?
  /// What `aud` must be or hold (RFC 7519 section 4.1.3); `nil`: anything, or nothing.
  package var audience: String?
  /// How far the clocks may be apart, for `exp` and `nbf`. Default 30 s. A negative one counts as none.
  package var leeway: Duration
  /// Claims that must be there and not null. Default none; `exp` belongs here where tokens must expire.
  package var requiredClaims: [String]

  package init(
    algorithms: Set<SignatureAlgorithm>, issuer: String? = nil, audience: String? = nil,
    leeway: Duration = .seconds(30), requiredClaims: [String] = []
  ) {
    self.algorithms = algorithms
    self.issuer = issuer
    self.audience = audience
    self.leeway = leeway
    self.requiredClaims = requiredClaims
  }

  /// The algorithm that the header names, if it is allowed.
  func algorithm(of token: UnverifiedToken) throws(TokenRejection) -> SignatureAlgorithm {
    guard let algorithm = SignatureAlgorithm(rawValue: token.algorithmName), algorithms.contains(algorithm) else {
      let allowed = algorithms.map(\.rawValue).sorted().joined(separator: ", ")
      throw TokenRejection(
        .algorithmNotAllowed, "The token's algorithm is not allowed; allowed: \(allowed.isEmpty ? "none" : allowed).")
    }
    return algorithm
  }

  /// Checks the claims in the order of RFC 7519: first the dates, then issuer and audience, then what is required.
  func check(_ verified: VerifiedToken, at now: Date) throws(TokenRejection) {
    let leeway = max(leeway / .seconds(1), 0)
    if let end = verified.expiresAt, now.timeIntervalSince(end) >= leeway {
      throw TokenRejection(.expired, "The token has expired.")
    }
    if let start = verified.notBefore, start.timeIntervalSince(now) > leeway {
      throw TokenRejection(.notYetValid, "The token is not valid yet.")
    }
    if let issuer, verified.issuer?.hasSameOctets(as: issuer) != true {
      throw TokenRejection(.wrongIssuer, "The token's issuer is not the one that is expected.")
    }
    if let audience, !verified.audience.contains(where: { $0.hasSameOctets(as: audience) }) {
      throw TokenRejection(.wrongAudience, "The token is not for the audience that is expected.")
    }
    for name in requiredClaims where verified.claims[name] == nil || verified.claims[name] == .null {
      throw TokenRejection(.missingClaim, "The token has no claim \"\(name)\", which is required.")
    }
  }
}
