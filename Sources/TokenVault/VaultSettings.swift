/// What a ``TokenVault`` is opened with.
package struct VaultSettings: Sendable {
  /// `TELEPHONE_TOKEN` as it is written; `nil` or empty: not set, then the store must hold a token.
  package var token: String?
  package var trust: TokenTrust
  /// `nil`: no store (without `SECRET_KEY_BASE` nothing can be sealed); refreshed tokens are kept in memory only.
  package var store: StoreSettings?

  package init(token: String?, trust: TokenTrust, store: StoreSettings?) {
    self.token = token
    self.trust = trust
    self.store = store
  }
}

extension VaultSettings: CustomStringConvertible, CustomReflectable {
  package var description: String { "settings of a token vault" }
  /// Nothing, so that `dump` shows no token.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
