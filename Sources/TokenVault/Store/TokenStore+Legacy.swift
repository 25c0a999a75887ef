import GRDB

extension TokenStore {
  /// What the Go program's table holds.
  func legacyTable() async throws(StoreFault) -> LegacyTable { try await read(LegacyTable.read) }

  /// Remembers the state of the Go program's table, so that its rows are looked at again only when they change.
  func markLegacySeen(_ state: String) async throws(StoreFault) {
    try await write { db, _ in
      try db.execute(sql: "UPDATE telephone_store SET legacy_seen = ?", arguments: [state])
    }
  }
}
