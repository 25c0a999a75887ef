/// What a store holds for a path.
package struct StoreContents: Sendable {
  /// Tokens that have not expired, the last issued first; read, not verified.
  package var tokens: [AgentToken] = []
  /// Rows that another `SECRET_KEY_BASE` sealed. They are kept.
  package var otherKey = 0
  /// Rows of this key that do not open, or hold no token.
  package var damaged = 0
}
