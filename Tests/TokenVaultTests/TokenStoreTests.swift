import Foundation
import GRDB
import Testing

@testable import TokenVault

@Suite struct TokenStoreTests {
  @Test func `what was saved is there when the file is opened again, the last issued first`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let first = try await folder.store()
    try await first.save(try token("older", age: 20), at: today)
    try await first.save(try token("newest", age: 1), at: today)
    try await first.save(try token("oldest", age: 30), at: today)
    try await first.save(try token("elsewhere", path: "other"), at: today)
    let store = try await folder.store()
    #expect(try await store.ids() == ["newest", "older", "oldest"])
    #expect(try await store.pathIDs(at: today) == ["demo", "other"])
    let contents = try await store.load(pathID: "demo", at: today.addingTimeInterval(45 * 60))
    #expect(contents.tokens.map(\.id) == ["newest"])
    #expect(try await store.load(pathID: "none", at: today).tokens.isEmpty)
    #expect(contents.tokens.first?.rawValue == (try compact("newest", age: 1)))
  }

  @Test func `one token is one row, and at most TOKEN_DB_KEEP stay, the one just saved among them`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store(keep: 3)
    for number in 0..<10 {
      for _ in 0..<2 { try await store.save(try token("token-\(number)", age: 10 - Double(number)), at: today) }
      let count = try await store.strings("SELECT count(*) FROM telephone_tokens")
      #expect(count == ["\(min(number + 1, 3))"])
    }
    #expect(try await store.ids() == ["token-9", "token-8", "token-7"])
    try await store.save(try token("token-8", age: 2), at: today)
    try await store.save(try token("ancient", age: 50), at: today)
    #expect(try await store.ids() == ["token-9", "token-8", "ancient"])
    // Another path has its own.
    try await store.save(try token("token-1", path: "other"), at: today)
    #expect(try await store.ids() == ["token-9", "token-8", "ancient"])
  }

  @Test func `the rows hold no token, and neither does the file`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store()
    let compact = try compact()
    try await store.save(try AgentToken(compact), at: today)
    let secretParts = compact.split(separator: ".").map { Data($0.utf8) } + [Data(secret.utf8)]
    for name in folder.names {
      let octets = try Data(contentsOf: URL(filePath: folder.path + "/" + name))
      for part in secretParts { #expect(octets.range(of: part) == nil) }
    }
    #expect(
      try await store.strings("SELECT path_id || ' ' || sub || ' ' || jti || ' ' || expires_at FROM telephone_tokens")
        == ["demo alice token-1 1800003600"])
    #expect(!String(describing: store.settings).contains(secret))
  }

  @Test func `file, log and shared memory are for their owner only, also those that were there`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy("telephone-time-iso")
    chmod(folder.database, 0o644)
    let store = try await folder.store()
    try await store.save(try token(), at: today)
    #expect(folder.names == ["telephone.db", "telephone.db-shm", "telephone.db-wal"])
    for name in folder.names { #expect(try folder.mode(of: name) == 0o600) }
    #expect(try await store.strings("PRAGMA journal_mode") == ["wal"])
    #expect(try await store.strings("PRAGMA synchronous") == ["2"])
    #expect(store.notices.isEmpty)
  }

  @Test func `the load query runs through its index, in order`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store()
    let plan = try await store.database.read { db in
      try Row.fetchAll(
        db, sql: "EXPLAIN QUERY PLAN " + StoreSchema.load, arguments: ["path": "demo", "now": 1, "limit": 5]
      ).map { $0["detail"] as String }
    }
    #expect(plan == ["SEARCH telephone_tokens USING INDEX telephone_tokens_by_path (path_id=?)"])
  }

  @Test func `nonsense is refused, by the code and by the tables`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store()
    let old = try token(age: 120)
    #expect(await faultKind { () async throws(StoreFault) in try await store.save(old, at: today) } == .nonsense)
    let reversed = try token(age: -120, minutes: -60)
    #expect(await faultKind { () async throws(StoreFault) in try await store.save(reversed, at: today) } == .nonsense)
    let hash = "zeroblob(32), zeroblob(8)"
    let rows = [
      "NULL, zeroblob(8), 'p', 's', 'j', 1, 3, 2, zeroblob(99)",
      "zeroblob(31), zeroblob(8), 'p', 's', 'j', 1, 3, 2, zeroblob(99)",
      "\(hash), '', 's', 'j', 1, 3, 2, zeroblob(99)", "\(hash), 'p', '', 'j', 1, 3, 2, zeroblob(99)",
      "\(hash), 'p', 's', '', 1, 3, 2, zeroblob(99)", "\(hash), 'p', 's', 'j', 3, 3, 2, zeroblob(99)",
      "\(hash), 'p', 's', 'j', 1, 3, 3, zeroblob(99)", "\(hash), 'p', 's', 'j', 1, 3, 2, zeroblob(28)",
      "\(hash), 'p', 's', 'j', 'x', 3, 2, zeroblob(99)", "\(hash), 'p', 's', 'j', 1, 'x', 2, zeroblob(99)",
      "\(hash), 'p', 's', 'j', 1, 3, 2, 'text that is long enough for a token'",
      "\(hash), 'p', 's', 'j', 1, 3, 2, zeroblob(20000)",
    ]
    let columns = "(hash, key_id, path_id, sub, jti, issued_at, expires_at, created_at, sealed)"
    for row in rows {
      await #expect(throws: DatabaseError.self, "\(row)") {
        try await store.run("INSERT INTO telephone_tokens \(columns) VALUES (\(row))")
      }
    }
    let good = "\(hash), 'p', 's', 'j', 1, 3, 2, zeroblob(99)"
    try await store.run("INSERT INTO telephone_tokens \(columns) VALUES (\(good))")
    await #expect(throws: DatabaseError.self) {
      try await store.run("INSERT INTO telephone_tokens \(columns) VALUES (\(good))")
    }
  }

  @Test func `a secret under 32 octets is refused with the command for a good one`() async throws {
    let fault = #expect(throws: StoreFault.self) {
      try StoreSettings(path: "x", secret: String(repeating: "x", count: 31))
    }
    #expect(fault?.kind == .weakSecret)
    #expect(fault?.sentence.contains("openssl rand -base64 48") == true)
    #expect(try StoreSettings(path: ":memory:", secret: String(repeating: "x", count: 32)).path == "./:memory:")
  }

  @Test func `with another key the rows are kept and told, and the old key opens them again`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store(keep: 2).save(try token("first"), at: today)
    let other = try await folder.store(secret: otherSecret, keep: 2)
    var contents = try await other.load(pathID: "demo", at: today)
    #expect(contents.tokens.isEmpty)
    #expect(contents.otherKey == 1)
    for number in 0..<5 { try await other.save(try token("other-\(number)", age: 5 - Double(number)), at: today) }
    contents = try await other.load(pathID: "demo", at: today)
    #expect(contents.tokens.map(\.id) == ["other-4", "other-3"])
    #expect(contents.otherKey == 1)
    #expect(try await folder.store().ids() == ["first"])
    // When they have expired they go.
    let later = today.addingTimeInterval(3700)
    try await other.save(try token("last", age: -60), at: later)
    #expect(try await other.strings("SELECT jti FROM telephone_tokens ORDER BY id").contains("first") == false)
  }

  @Test func `each database has a salt of its own, and a row opens in its place only`() async throws {
    let folders = [try Folder(), try Folder()]
    defer { for folder in folders { folder.remove() } }
    var salts: Set<String> = []
    for folder in folders {
      let store = try await folder.store()
      salts.formUnion(try await store.strings("SELECT hex(salt) FROM telephone_store"))
    }
    #expect(salts.count == 2)
    let store = try await folders[0].store()
    try await store.save(try token("one"), at: today)
    try await store.save(try token("two", age: 1), at: today)
    // Swapped ciphertexts, a row that was moved to another path, and octets that were changed.
    try await store.run(
      "UPDATE telephone_tokens SET sealed = (SELECT sealed FROM telephone_tokens WHERE jti = 'two') WHERE jti = 'one'")
    #expect(try await store.load(pathID: "demo", at: today).damaged == 1)
    try await store.run("UPDATE telephone_tokens SET path_id = 'moved'")
    let moved = try await store.load(pathID: "moved", at: today)
    #expect(moved.tokens.isEmpty)
    #expect(moved.damaged == 2)
  }

  @Test func `forget deletes every row of ours, also from the log`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store()
    try await store.save(try token("one"), at: today)
    try await store.save(try token("two", path: "other"), at: today)
    #expect(try await TokenVault.forget(store.settings, at: today) == 2)
    #expect(try await TokenVault.forget(store.settings, at: today) == 0)
    let none = try StoreSettings(path: folder.path + "/none.db", secret: secret)
    #expect(try await TokenVault.forget(none, at: today) == 0)
    #expect(folder.names == ["telephone.db", "telephone.db-shm", "telephone.db-wal"])
    #expect(try await store.pathIDs(at: today).isEmpty)
    let log = try Data(contentsOf: URL(filePath: folder.database + "-wal"))
    #expect(log.isEmpty)
    let octets = try Data(contentsOf: URL(filePath: folder.database))
    #expect(octets.range(of: Data("alice".utf8)) == nil)
  }

  @Test func `to be read only, a store changes nothing and needs none of our tables`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let missing = await faultKind { () async throws(StoreFault) in
      _ = try await TokenStore.open(StoreSettings(path: folder.database, secret: secret), .readOnly, at: today)
    }
    #expect(missing == .missing)
    #expect(folder.names.isEmpty)
    try folder.copyLegacy("telephone-time-string")
    let before = try Data(contentsOf: URL(filePath: folder.database))
    let store = try await TokenStore.open(try folder.settings(), .readOnly, at: today)
    #expect(try await store.load(pathID: "demo", at: today).tokens.isEmpty)
    #expect(try await store.legacyTable().rows.count == 3)
    let fresh = try token()
    #expect(await faultKind { () async throws(StoreFault) in try await store.save(fresh, at: today) } == .missing)
    #expect(try Data(contentsOf: URL(filePath: folder.database)) == before)
    try await folder.store().save(fresh, at: today)
    #expect(try await TokenStore.open(try folder.settings(), .readOnly, at: today).ids() == ["token-1"])
  }
}
