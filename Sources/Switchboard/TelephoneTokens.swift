import Foundation
import KeySets

/// The tokens that telephones dial in with: HS256, claims `sub`, `jti`, `path_id`, `iat`, `exp`, all required.
struct TelephoneTokens: Sendable {
  /// What a token that was verified says.
  struct Claims: Sendable, Equatable {
    var subject: String
    var pathID: String
    var issuedAt: Date
    var expiresAt: Date
  }

  private let verifier: TokenVerifier
  private let issuer: TokenIssuer
  private let date: @Sendable () -> Date

  init(secret: String, date: @escaping @Sendable () -> Date) throws {
    let rules = TokenRules(
      algorithms: [.hs256], leeway: .zero, requiredClaims: ["sub", "jti", "path_id", "iat", "exp"])
    self.verifier = TokenVerifier(keys: FixedKeySource(try KeySet(secret: secret)), rules: rules)
    self.issuer = try TokenIssuer(secret: secret)
    self.date = date
  }

  /// - Returns: `nil` for a token that is not to be believed, for whatever reason; Phoenix gives none either.
  func claims(of token: String) async -> Claims? {
    guard let verified = try? await verifier.verify(token, at: date()), let subject = verified.subject,
      let pathID = verified.text(of: "path_id"), !pathID.isEmpty, let issuedAt = verified.issuedAt,
      let expiresAt = verified.expiresAt
    else { return nil }
    return Claims(subject: subject, pathID: pathID, issuedAt: issuedAt, expiresAt: expiresAt)
  }

  /// A new token with the same claims and the same length of life.
  func refreshed(_ claims: Claims) throws -> String {
    let lifetime = Duration.seconds(claims.expiresAt.timeIntervalSince(claims.issuedAt))
    return try issuer.issue(
      subject: claims.subject, pathID: claims.pathID, id: UUID().uuidString.lowercased(), issuedAt: date(),
      lifetime: lifetime)
  }
}
