import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What became of a refreshed token that passed its checks: it is used.
package struct Adoption: Sendable {
  /// The token that is current now.
  package let token: AgentToken
  /// Whether it outlives this process.
  package let isStored: Bool
  /// Why it is not stored, though there should be a store.
  package let storeFault: StoreFault?

  /// For the log.
  package var notice: VaultNotice {
    let claims = ["jti": token.id, "path_id": token.pathID, "expires": token.expiresAt.formatted(.iso8601)]
    guard let storeFault else {
      let stored = isStored ? "" : " It is kept in memory only."
      return VaultNotice(.info, "The token was refreshed." + stored, claims)
    }
    return VaultNotice(
      .error,
      "The token was refreshed but could not be stored: a restart would begin with a token that the gateway has forgotten.",
      claims.merging(["reason": storeFault.sentence]) { $1 })
  }
}
