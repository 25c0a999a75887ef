import Foundation
import GRDB
import Testing

@testable import TokenVault

/// The table of the Go program, with the files that it left.
@Suite struct LegacyTests {
  static let legacySecret = "legacy-secret-key-base-0123456789-0123456789-0123456789-0123456789"
  static let files = ["telephone-time-string", "telephone-time-iso"]

  private func settings(_ folder: Folder, token: String? = nil, secret: String = legacySecret) throws -> VaultSettings {
    VaultSettings(
      token: token, trust: try .secret(Self.legacySecret, from: .secretKeyBase),
      store: try folder.settings(secret: secret))
  }

  /// The file as the Go program opens it: its driver waits so long for a lock, such as that of a store that makes its last
  /// checkpoint (mattn/go-sqlite3, `_busy_timeout`).
  private func database(_ folder: Folder) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: folder.database, configuration: configuration)
  }

  private func rows(_ folder: Folder) async throws -> [String] {
    let database = try database(folder)
    return try await database.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM tokens ORDER BY id").map { "\($0)" }
        + String.fetchAll(db, sql: "SELECT sql FROM sqlite_master WHERE tbl_name = 'tokens' AND sql IS NOT NULL")
    }
  }

  @Test(arguments: files)
  func `its newest valid token is taken over, and its rows are not touched`(_ file: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(file)
    let before = try await rows(folder)
    let vault = try await TokenVault.open(try settings(folder), at: today)
    #expect(vault.current.id == "jti-newest")
    #expect(vault.current.pathID == "legacy-path")
    #expect(vault.origin == .legacy)
    #expect(vault.notices.contains { $0.message.contains("taken over") && $0.metadata["jti"] == "jti-newest" })
    #expect(try await rows(folder) == before)
    let store = try await folder.store(secret: Self.legacySecret)
    #expect(try await store.ids(path: "legacy-path") == ["jti-newest"])
    #expect(try await store.legacyTable().isNew == false)
    // The second start has it from the store.
    let again = try await TokenVault.open(try settings(folder), at: today)
    #expect(again.origin == .store)
    #expect(!again.notices.contains { $0.message.contains("taken over") })
  }

  @Test(arguments: files)
  func `times and expiry are read as they were written`(_ file: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(file)
    let table = try await folder.store().legacyTable()
    #expect(table.rows.map(\.id) == [3, 2, 1])
    #expect(table.rows.map { $0.expiresAt?.timeIntervalSince1970 } == [4_102_448_400, 4_102_444_800, 1_600_003_600])
    let updated = try #require(table.rows.first?.updatedAt).timeIntervalSince1970
    #expect(abs(updated - 1_763_700_000.123456789) < 0.000001)
  }

  @Test func `what the Go program writes after it was put back is taken over again`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(Self.files[0])
    _ = try await TokenVault.open(try settings(folder), at: today)
    let store = try await folder.store(secret: Self.legacySecret)
    _ = try await store.forget()
    // Forgotten is forgotten, until that table changes.
    await #expect(throws: TokenFault.self) { _ = try await TokenVault.open(try settings(folder), at: today) }
    try await store.run(
      "INSERT INTO tokens (encrypted_token, expires_at, updated_at) SELECT encrypted_token, expires_at, "
        + "'2026-02-01 00:00:00+00:00' FROM tokens WHERE id = 2")
    let vault = try await TokenVault.open(try settings(folder), at: today)
    #expect(vault.current.id == "jti-older")
    #expect(vault.origin == .legacy)
  }

  @Test func `a row that is older than what the store has takes no place in it`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(Self.files[0])
    let own = try AgentToken(try compact("own", path: "legacy-path", secret: Self.legacySecret))
    try await folder.store(secret: Self.legacySecret, keep: 1).save(own, at: today)
    let settings = VaultSettings(
      token: nil, trust: try .secret(Self.legacySecret, from: .secretKeyBase),
      store: try folder.settings(secret: Self.legacySecret, keep: 1))
    let vault = try await TokenVault.open(settings, at: today)
    #expect(vault.current.id == "own")
    let store = try await folder.store(secret: Self.legacySecret, keep: 1)
    #expect(try await store.ids(path: "legacy-path") == ["own"])
    #expect(try await store.legacyTable().isNew == false)
  }

  @Test func `with another secret nothing is taken over, all is kept, and it is said`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(Self.files[1])
    let before = try await rows(folder)
    let fresh = try compact(path: "legacy-path", secret: Self.legacySecret)
    let vault = try await TokenVault.open(try settings(folder, token: fresh, secret: otherSecret), at: today)
    #expect(vault.origin == .settings)
    #expect(vault.notices.contains { $0.message.contains("does not decrypt") && $0.metadata["rows"] == "2" })
    #expect(try await rows(folder) == before)
    // The right one later still takes it over.
    let right = try await TokenVault.open(try settings(folder), at: today)
    #expect(right.current.id == "jti-newest")
  }

  @Test func `rows of garbage are passed by`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(Self.files[0])
    let writer = try database(folder)
    let cipher = try #require(LegacyCipher(secret: Self.legacySecret))
    #expect(cipher.open("") == nil)
    let future = "'2100-01-01 00:00:00+00:00'"
    try await writer.write { db in
      let good = "(SELECT encrypted_token FROM tokens WHERE id = 3)"
      for (token, expires, updated) in [
        ("''", future, future), ("'%%%'", future, future), ("'AAAA'", future, future),
        ("x'00FF00FF'", future, future), ("17", future, future), ("1.5", future, future),
        ("'\(String(repeating: "A", count: 30_000))'", future, future),
        ("substr(\(good), 1, 100)", future, future), ("'Z' || substr(\(good), 2)", future, future),
        ("x'FFFE41'", "x'FF'", "x'FE'"), ("'QUJD'", "'never'", "'\(String(repeating: "9", count: 5000))'"),
        ("'\(String(repeating: "QUJD", count: 30))'", "1e300", "-1"),
        // The newest valid one has times that nobody can read; it comes last and still counts.
        ("(SELECT encrypted_token FROM tokens WHERE id = 2)", "''", "'yesterday'"),
      ] {
        try db.execute(
          sql: "INSERT INTO tokens (encrypted_token, expires_at, updated_at) VALUES (\(token), \(expires), \(updated))")
      }
    }
    try writer.close()
    let vault = try await TokenVault.open(try settings(folder), at: today)
    #expect(vault.current.id == "jti-newest")
    try await folder.store(secret: Self.legacySecret).run("DELETE FROM telephone_tokens")
    try await folder.store(secret: Self.legacySecret).run("UPDATE telephone_store SET legacy_seen = NULL")
    try await folder.store(secret: Self.legacySecret).run("DELETE FROM tokens WHERE id IN (1, 2, 3)")
    #expect(try await TokenVault.open(try settings(folder), at: today).current.id == "jti-older")
  }

  @Test func `another program's table of that name is left alone`() async throws {
    for columns in ["id, name", "encrypted_token, expires_at, updated_at"] {
      let folder = try Folder()
      defer { folder.remove() }
      try await folder.store().run("CREATE TABLE tokens (\(columns)); INSERT INTO tokens DEFAULT VALUES")
      let table = try await folder.store().legacyTable()
      #expect(table.state == nil && table.rows.isEmpty)
    }
    // A row without anything.
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().run(
      "CREATE TABLE tokens (id, encrypted_token, expires_at, updated_at); INSERT INTO tokens DEFAULT VALUES")
    #expect(try await folder.store().legacyTable().rows.isEmpty)
  }

  @Test func `the Go program's statements still work beside our tables`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy(Self.files[1])
    _ = try await TokenVault.open(try settings(folder), at: today)
    let database = try database(folder)
    let newest = try await database.write { db in
      try db.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, encrypted_token TEXT NOT NULL,
            expires_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
          INSERT INTO tokens (encrypted_token, expires_at, updated_at) VALUES ('x', '2100-01-02', '2100-01-02')
          """)
      return try String.fetchOne(db, sql: "SELECT encrypted_token FROM tokens ORDER BY updated_at DESC LIMIT 1")
    }
    #expect(newest == "x")
  }
}
