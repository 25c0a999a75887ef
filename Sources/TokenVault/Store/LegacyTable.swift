import GRDB

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The Go program's table `tokens`: read, never written.
struct LegacyTable: Sendable {
  struct Row: Sendable {
    let id: Int64
    /// Base64 of nonce, ciphertext and tag.
    let encrypted: String
    /// `nil`, if it is no time.
    let expiresAt: Date?
    let updatedAt: Date?
  }

  /// The newest rows, the last updated first; rows without a time come last. That table only grows, so there is a bound.
  var rows: [Row] = []
  /// What changes when the Go program writes; `nil`, if there is no such table or it is empty.
  var state: String?
  /// ``state`` when it was last taken over.
  var seen: String?

  /// Whether there is something that was not taken over yet.
  var isNew: Bool { state != nil && state != seen }

  static let mostRows = 1000
  /// A token of 16 KiB in Base64, with nonce and tag.
  static let largestRow = 24 * 1024

  static func state(_ db: Database) throws -> String? {
    guard try isThere(db) else { return nil }
    return try String.fetchOne(
      db, sql: "SELECT count(*) || ' ' || max(id) || ' ' || coalesce(max(CAST(updated_at AS TEXT)), '') FROM tokens")
  }

  static func read(_ db: Database) throws -> LegacyTable {
    var table = LegacyTable()
    table.state = try state(db)
    guard table.state != nil else { return table }
    if try db.tableExists("telephone_store") {
      table.seen = try String.fetchOne(db, sql: "SELECT legacy_seen FROM telephone_store")
    }
    let cursor = try GRDB.Row.fetchCursor(
      db,
      sql: """
        SELECT id, CAST(encrypted_token AS TEXT) AS encrypted, CAST(expires_at AS TEXT) AS expires,
          CAST(updated_at AS TEXT) AS updated FROM tokens
        WHERE length(encrypted_token) BETWEEN 1 AND \(largestRow) AND typeof(encrypted_token) IN ('text', 'blob')
          AND coalesce(length(expires_at), 0) < 200 AND coalesce(length(updated_at), 0) < 200
        ORDER BY id DESC LIMIT \(mostRows)
        """)
    while let row = try cursor.next() {
      guard let id = text(row, "id").flatMap({ Int64($0) }), let encrypted = text(row, "encrypted") else { continue }
      table.rows.append(
        Row(
          id: id, encrypted: encrypted, expiresAt: text(row, "expires").flatMap(LegacyTime.date),
          updatedAt: text(row, "updated").flatMap(LegacyTime.date)))
    }
    table.rows.sort {
      ($0.updatedAt ?? .distantPast, $0.id) > ($1.updatedAt ?? .distantPast, $1.id)
    }
    return table
  }

  private static func isThere(_ db: Database) throws -> Bool {
    guard try db.tableExists("tokens") else { return false }
    let names = Set(try db.columns(in: "tokens").map { $0.name.lowercased() })
    return names.isSuperset(of: ["id", "encrypted_token", "expires_at", "updated_at"])
  }

  /// A column as text, without a trap on octets that are no UTF-8 or on another type.
  private static func text(_ row: GRDB.Row, _ column: String) -> String? {
    switch (row[column] as DatabaseValue).storage {
    case .string(let text): text
    case .int64(let number): String(number)
    case .blob(let data): String(decoding: data, as: UTF8.self)
    case .double, .null: nil
    }
  }
}
