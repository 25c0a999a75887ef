import GRDB

/// The tables of the store and their versions. They stand beside the Go program's `tokens`, which no statement here writes.
///
/// The file must stay readable for the Go program's SQLite, so nothing here asks for a newer one (no `STRICT` tables).
enum StoreSchema {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("telephone-1") { db in
      try db.execute(sql: version1)
    }
    return migrator
  }()

  /// Dates are whole seconds since 1970.
  private static let version1 = """
    CREATE TABLE telephone_store (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      salt BLOB NOT NULL CHECK (typeof(salt) = 'blob' AND length(salt) = 32),
      created_at INTEGER NOT NULL CHECK (typeof(created_at) = 'integer'),
      legacy_seen TEXT
    );
    CREATE TABLE telephone_tokens (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash BLOB NOT NULL CHECK (typeof(hash) = 'blob' AND length(hash) = 32),
      key_id BLOB NOT NULL CHECK (typeof(key_id) = 'blob' AND length(key_id) = 8),
      path_id TEXT NOT NULL CHECK (typeof(path_id) = 'text' AND length(path_id) BETWEEN 1 AND 1024),
      sub TEXT NOT NULL CHECK (typeof(sub) = 'text' AND length(sub) BETWEEN 1 AND 1024),
      jti TEXT NOT NULL CHECK (typeof(jti) = 'text' AND length(jti) BETWEEN 1 AND 1024),
      issued_at INTEGER NOT NULL CHECK (typeof(issued_at) = 'integer'),
      expires_at INTEGER NOT NULL CHECK (typeof(expires_at) = 'integer' AND expires_at > issued_at),
      created_at INTEGER NOT NULL CHECK (typeof(created_at) = 'integer' AND created_at < expires_at),
      sealed BLOB NOT NULL CHECK (typeof(sealed) = 'blob' AND length(sealed) BETWEEN 29 AND 16412)
    );
    CREATE UNIQUE INDEX telephone_tokens_by_hash ON telephone_tokens (hash);
    CREATE INDEX telephone_tokens_by_path ON telephone_tokens (path_id, issued_at DESC, id DESC, expires_at);
    """

  /// The tokens of a path that have not expired, the last issued first. `telephone_tokens_by_path` answers it in order.
  static let load = """
    SELECT hash, key_id, sealed FROM telephone_tokens
    WHERE path_id = :path AND expires_at > :now ORDER BY issued_at DESC, id DESC LIMIT :limit
    """

  /// A token that is there already is sealed anew, since another key may have sealed it.
  static let save = """
    INSERT INTO telephone_tokens (hash, key_id, path_id, sub, jti, issued_at, expires_at, created_at, sealed)
    VALUES (:hash, :key, :path, :sub, :jti, :issued, :expires, :now, :sealed)
    ON CONFLICT (hash) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
      created_at = excluded.created_at
    """

  /// What is left of one path and key: the row that was just saved, and the newest of the others.
  static let pruneOwn = """
    DELETE FROM telephone_tokens WHERE path_id = :path AND key_id = :key AND id NOT IN (
      SELECT id FROM telephone_tokens WHERE path_id = :path AND key_id = :key
      ORDER BY hash = :hash DESC, id DESC LIMIT :keep)
    """

  /// Rows of other keys and paths are somebody else's: they go only when they have expired, or are too many.
  static let pruneOthers = """
    DELETE FROM telephone_tokens WHERE NOT (path_id = :path AND key_id = :key) AND (expires_at <= :now OR id NOT IN (
      SELECT id FROM telephone_tokens WHERE NOT (path_id = :path AND key_id = :key)
      ORDER BY id DESC LIMIT \(mostOthers)))
    """

  /// The most rows of other keys and paths.
  static let mostOthers = 1000
}
