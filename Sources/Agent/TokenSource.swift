package import TokenVault

/// Where every dial and every page takes the agent's token from: the one place to put a vault.
package protocol TokenSource: Sendable {
  /// The token in force: what the next dial shows.
  var current: AgentToken { get }
  /// The token from the settings, if it is another one than ``current``: it is tried once when that was refused.
  var fromSettings: AgentToken? { get }
}

/// The token from the settings, and no other.
package struct SettingsToken: TokenSource {
  package let current: AgentToken
  package var fromSettings: AgentToken? { nil }

  package init(_ token: AgentToken) { current = token }
}
