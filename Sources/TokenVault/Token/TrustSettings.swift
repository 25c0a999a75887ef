package import KeySets

/// The settings that say what tokens are verified with, as they are written. Empty means not set.
package struct TrustSettings: Sendable {
  /// `TOKEN_VERIFICATION`: `on` (the default) or `off`.
  package var verification: String?
  /// `TOKEN_SECRET`
  package var tokenSecret: String?
  /// `SECRET_KEY_BASE`
  package var secretKeyBase: String?
  /// `TOKEN_PUBLIC_KEY`, the text itself.
  package var publicKey: String?
  /// `TOKEN_JWKS_URL`
  package var keySetURL: String?

  package init(
    verification: String? = nil, tokenSecret: String? = nil, secretKeyBase: String? = nil, publicKey: String? = nil,
    keySetURL: String? = nil
  ) {
    self.verification = verification
    self.tokenSecret = tokenSecret
    self.secretKeyBase = secretKeyBase
    self.publicKey = publicKey
    self.keySetURL = keySetURL
  }

  /// What they amount to: `off` if it is asked for by name; the one of `TOKEN_SECRET`, `TOKEN_PUBLIC_KEY` and
  /// `TOKEN_JWKS_URL` that is set; else `SECRET_KEY_BASE`.
  /// - Parameter keySource: Makes the key source of a URL: a `CachedKeySource` with a fetch that has a deadline.
  /// - Throws: ``TokenFault`` of kind `settings`, if nothing is set, more than one is, or one cannot be used; and what
  ///   `keySource` throws.
  package func trust(
    keySource: (_ url: String) throws(TokenFault) -> any KeySource
  ) throws(TokenFault) -> TokenTrust {
    switch verification ?? "" {
    case "off": return .off
    case "", "on": break
    default: throw TokenFault(.settings, "TOKEN_VERIFICATION must be on or off.")
    }
    let named = [("TOKEN_SECRET", tokenSecret), ("TOKEN_PUBLIC_KEY", publicKey), ("TOKEN_JWKS_URL", keySetURL)]
    let given = named.filter { $0.1?.isEmpty == false }.map(\.0)
    guard given.count < 2 else {
      throw TokenFault(
        .settings,
        "\(given.joined(separator: " and ")) are all set, and only one can be what tokens are verified with. "
          + "Leave the one that the gateway signs with.")
    }
    if let tokenSecret, !tokenSecret.isEmpty { return try .secret(tokenSecret, from: .tokenSecret) }
    if let publicKey, !publicKey.isEmpty { return try .publicKey(publicKey) }
    if let keySetURL, !keySetURL.isEmpty { return .keySet(try keySource(keySetURL)) }
    if let secretKeyBase, !secretKeyBase.isEmpty { return try .secret(secretKeyBase, from: .secretKeyBase) }
    throw TokenFault(
      .settings,
      "There is nothing to verify the token with. Set TOKEN_SECRET, TOKEN_PUBLIC_KEY or TOKEN_JWKS_URL to the "
        + "gateway's, or set TOKEN_VERIFICATION=off to use tokens unverified.")
  }
}
