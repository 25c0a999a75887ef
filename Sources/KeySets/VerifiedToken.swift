#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// A token whose signature and rules were checked. Only a ``TokenVerifier`` makes one.
package struct VerifiedToken: Sendable {
  /// What it was signed with.
  package let algorithm: SignatureAlgorithm
  /// The header's `kid`.
  package let keyID: String?
  /// The claims set, the octets of a JSON object exactly as they were signed.
  package let payload: [UInt8]
  /// The members of the claims set.
  package let claims: StrictJSON.Object
  /// `sub`, if it is a string.
  package let subject: String?
  /// `iss`, if it is a string.
  package let issuer: String?
  /// `aud`, a string or several (RFC 7519 section 4.1.3); empty if it is missing or anything else.
  package let audience: [String]
  /// `jti`, if it is a string.
  package let id: String?
  package let expiresAt: Date?
  package let notBefore: Date?
  package let issuedAt: Date?

  /// - Throws: ``TokenRejection/Kind/malformed``, if `exp`, `nbf` or `iat` is there and no date.
  init(_ token: UnverifiedToken, _ algorithm: SignatureAlgorithm) throws(TokenRejection) {
    self.algorithm = algorithm
    keyID = token.keyID
    payload = token.payload
    claims = token.claims
    subject = token.claims["sub"]?.string
    issuer = token.claims["iss"]?.string
    id = token.claims["jti"]?.string
    switch token.claims["aud"] {
    case .string(let one): audience = [one]
    case .array(let several):
      let names = several.compactMap(\.string)
      audience = names.count == several.count ? names : []
    default: audience = []
    }
    expiresAt = try token.date("exp")
    notBefore = try token.date("nbf")
    issuedAt = try token.date("iat")
  }

  /// A claim as text: a string as it is, a number as it was written, `true` or `false`. `nil`, if it is missing, null,
  /// an array or an object. The text may hold any character, so who puts it into a header field checks it first.
  package func text(of claim: String) -> String? { claims[claim]?.text }
}
