/// The settings of the token store, checked.
package struct StoreSettings: Sendable {
  /// `TOKEN_DB_PATH`: the file, made when it is missing.
  package let path: String
  /// `TOKEN_DB_KEEP`: the most rows of one `path_id` and key, 1 to 1000. Default 5.
  package let keep: Int
  /// `DB_TIMEOUT`: the longest that one operation takes, waits for locks among it. Default 5 s.
  package let timeout: Duration
  /// `SECRET_KEY_BASE`, what the key of the store is derived from. Never for a log.
  let secret: String

  /// - Throws: ``StoreFault`` of kind `weakSecret`, if the secret has fewer than 32 octets.
  package init(
    path: String, secret: String, keep: Int = 5, timeout: Duration = .seconds(5)
  ) throws(StoreFault) {
    guard secret.utf8.count >= StoreKey.minimumSecretSize else {
      throw StoreFault(
        .weakSecret,
        "SECRET_KEY_BASE has \(secret.utf8.count) octets, and the token store needs at least "
          + "\(StoreKey.minimumSecretSize) to be safe. Make one with: openssl rand -base64 48")
    }
    // A path is a file's and nothing else: SQLite would take ":memory:" and an empty one for databases without a file.
    self.path = path.hasPrefix("/") ? path : "./" + path
    self.secret = secret
    self.keep = min(max(keep, 1), 1000)
    self.timeout = max(timeout, .milliseconds(1))
  }
}

extension StoreSettings: CustomStringConvertible, CustomReflectable {
  package var description: String { "token store \(path)" }
  /// Nothing, so that `dump` shows no secret.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
