import GRDB

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension TokenStore {
  /// Stores a token and prunes the rows before it, in one transaction. A token that is there already stays one row.
  /// - Throws: ``StoreFault`` of kind `nonsense`, if it expires within this second or before it was issued.
  package func save(_ token: AgentToken, at now: Date) async throws(StoreFault) {
    try await save(token, at: now, legacySeen: nil)
  }

  /// - Parameter legacySeen: The state of the Go program's table that the token was taken over from.
  func save(_ token: AgentToken, at now: Date, legacySeen: String?) async throws(StoreFault) {
    let issued = Self.seconds(token.issuedAt)
    let expires = Self.seconds(token.expiresAt)
    let created = Self.seconds(now)
    guard expires > created else { throw StoreFault(.nonsense, "The token is not stored: it has expired.") }
    guard expires > issued else { throw StoreFault(.nonsense, "The token is not stored: it expires before its issue.") }
    let keep = settings.keep
    try await write { db, key in
      let hash = StoreKey.hash(Data(token.rawValue.utf8))
      let sealed = try key.seal(token.rawValue, hash: hash, pathID: token.pathID)
      try db.execute(
        sql: StoreSchema.save,
        arguments: [
          "hash": hash, "key": key.id, "path": token.pathID, "sub": token.subject, "jti": token.id, "issued": issued,
          "expires": expires, "now": created, "sealed": sealed,
        ])
      try db.execute(
        sql: StoreSchema.pruneOwn, arguments: ["path": token.pathID, "key": key.id, "hash": hash, "keep": keep])
      try db.execute(
        sql: StoreSchema.pruneOthers, arguments: ["path": token.pathID, "key": key.id, "now": created])
      if let legacySeen {
        try db.execute(sql: "UPDATE telephone_store SET legacy_seen = ?", arguments: [legacySeen])
      }
    }
  }

  /// The tokens of a path that have not expired.
  package func load(pathID: String, at now: Date) async throws(StoreFault) -> StoreContents {
    guard let key else { return StoreContents() }
    let limit = settings.keep + StoreSchema.mostOthers
    return try await read { db in
      var contents = StoreContents()
      let rows = try Row.fetchCursor(
        db, sql: StoreSchema.load, arguments: ["path": pathID, "now": Self.seconds(now), "limit": limit])
      while let row = try rows.next() {
        guard Data.fromDatabaseValue(row["key_id"]) == key.id else {
          contents.otherKey += 1
          continue
        }
        if let hash = Data.fromDatabaseValue(row["hash"]), let sealed = Data.fromDatabaseValue(row["sealed"]),
          let compact = key.open(sealed, hash: hash, pathID: pathID), let token = try? AgentToken(compact),
          token.pathID == pathID
        {
          contents.tokens.append(token)
        } else {
          contents.damaged += 1
        }
      }
      return contents
    }
  }

  /// The path ids of all tokens that have not expired, for an agent whose settings name none.
  package func pathIDs(at now: Date) async throws(StoreFault) -> [String] {
    guard key != nil else { return [] }
    return try await read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT path_id FROM telephone_tokens WHERE expires_at > ? ORDER BY path_id LIMIT 100",
        arguments: [Self.seconds(now)])
    }
  }

  /// Deletes all our tokens from the file, those of other keys and paths too. The Go program's rows stay, and are not taken
  /// over again unless it changes them.
  /// - Returns: How many rows there were.
  package func forget() async throws(StoreFault) -> Int {
    let count = try await write { db, _ in
      try db.execute(sql: "DELETE FROM telephone_tokens")
      let count = db.changesCount
      try db.execute(
        sql: "UPDATE telephone_store SET legacy_seen = ?", arguments: [try LegacyTable.state(db)])
      return count
    }
    // So that the write-ahead log holds none either. While another process reads, it stays until that one is done.
    _ = try? await perform { db in try db.checkpoint(.truncate).walFrameCount }
    return count
  }

  /// Whole seconds since 1970, as the tables have them; what `AgentToken` reads is never out of range.
  static func seconds(_ date: Date) -> Int64 {
    Int64(exactly: date.timeIntervalSince1970.rounded(.down)) ?? 0
  }
}
