/// Where a ``TokenVerifier`` has its keys from.
package protocol KeySource: Sendable {
  /// The keys of now.
  /// - Throws: ``KeySetError``, if there are none that may be used: nobody is let in without keys.
  func keys() async throws(KeySetError) -> KeySet

  /// Called when ``keys()`` had none for a token: keys that may be newer, to be tried once.
  /// - Parameter keyID: The token's `kid`, unverified.
  /// - Returns: `nil`, if there cannot be others.
  func keysAfterMiss(of keyID: String?) async throws(KeySetError) -> KeySet?
}

/// Keys that never change: a secret, a PEM text, a JWKS that was read once.
package struct FixedKeySource: KeySource {
  private let set: KeySet

  package init(_ set: KeySet) { self.set = set }

  package func keys() async throws(KeySetError) -> KeySet { set }

  package func keysAfterMiss(of keyID: String?) async throws(KeySetError) -> KeySet? { nil }
}
