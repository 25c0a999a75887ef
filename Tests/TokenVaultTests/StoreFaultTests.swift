import Foundation
import GRDB
import TestSupport
import Testing

@testable import TokenVault

#if canImport(Glibc)
  import Glibc

  /// The user that files are opened as, of the calling thread alone (Linux). An unprivileged one may not write where root may.
  @_silgen_name("setfsuid") private func setfsuid(_ user: uid_t) -> CInt
#endif

/// What can go wrong with a real file.
@Suite struct StoreFaultTests {
  private func openFault(_ path: String, timeout: Duration = .seconds(20)) async throws -> StoreFault? {
    let settings = try StoreSettings(path: path, secret: secret, timeout: timeout)
    do throws(StoreFault) {
      // On this clock no operation is late: what is told is what SQLite says after its own wait.
      _ = try await TokenStore.open(settings, at: today, clock: TestClock())
      return nil
    } catch {
      return error
    }
  }

  @Test func `a folder that is not there, is no folder, or takes no files is said`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(try await openFault(folder.path + "/none/telephone.db")?.kind == .folder)
    _ = FileManager.default.createFile(atPath: folder.path + "/file", contents: nil)
    #expect(try await openFault(folder.path + "/file/telephone.db")?.kind == .folder)
    #expect(try await openFault(folder.path)?.kind == .file)
    mkfifo(folder.path + "/pipe", 0o600)
    #expect(try await openFault(folder.path + "/pipe")?.kind == .file)
    let system = try await openFault("/proc/telephone.db")
    #expect(system?.kind == .folder)
    #expect(system?.sentence.contains("/proc") == true)
  }

  @Test func `a read-only folder is said, whether the file is there or not`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let settings = try folder.settings()
    for isThere in [false, true] {
      if isThere {
        chmod(folder.path, 0o755)
        let store = try await folder.store()
        try await store.save(try token(), at: today)
        // With its log still there, it could be written even so.
        try store.database.close()
      }
      chmod(folder.path, 0o555)
      let result = asNobody {
        Result { () throws(StoreFault) in _ = try StoreOpening(settings: settings, access: .readWrite).open(at: today) }
      }
      let fault = #expect(throws: StoreFault.self) { try result.get() }
      #expect(fault?.kind == .folder)
      #expect(fault?.sentence.contains(folder.path) == true)
      #expect(fault?.sentence.contains("denied") == true)
    }
  }

  @Test func `through a symbolic link to nothing the files are made beside its target, for the owner alone`()
    async throws
  {
    let folder = try Folder()
    defer { folder.remove() }
    let target = folder.path + "/target"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
    symlink("target/second.db", folder.database)
    symlink("real.db", target + "/second.db")
    let store = try await folder.store()
    try await store.save(try token(), at: today)
    #expect(folder.names == ["target", "telephone.db"])
    for suffix in ["", "-wal", "-shm"] { #expect(try folder.mode(of: "target/real.db\(suffix)") == 0o600, "\(suffix)") }
    #expect(try await folder.store().ids() == ["token-1"])
    // A link to itself is no file.
    symlink("loop.db", folder.path + "/loop.db")
    #expect(try await openFault(folder.path + "/loop.db") != nil)
  }

  /// Runs `body` without root's right to write everywhere.
  private func asNobody<Value>(_ body: () -> Value) -> Value {
    #if canImport(Glibc)
      guard geteuid() == 0 else { return body() }
      _ = setfsuid(65534)
      defer { _ = setfsuid(0) }
    #endif
    return body()
  }

  @Test(arguments: ["no database at all, but long enough to be looked at by SQLite as one", "header", "page", "empty"])
  func `a corrupt file is set aside with its log, and a new one begun`(_ damage: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await damaged(folder, by: damage)
    let before = try Data(contentsOf: URL(filePath: folder.database))
    let store = try await folder.store()
    #expect(try await store.ids().isEmpty)
    try await store.save(try token("new"), at: today)
    let second = try await folder.store()
    #expect(try await second.ids() == ["new"])
    let aside = folder.names.filter { $0.contains(".corrupt-20270115T080000Z") }
    guard damage != "empty" else {
      #expect(aside.isEmpty)
      return
    }
    #expect(store.notices.count == 1)
    #expect(store.notices.first?.metadata["set_aside"] == folder.database + ".corrupt-20270115T080000Z")
    #expect(aside.contains("telephone.db.corrupt-20270115T080000Z"))
    #expect(aside.contains("telephone.db.corrupt-20270115T080000Z-wal") == (damage == "page"))
    let kept = try Data(contentsOf: URL(filePath: folder.path + "/telephone.db.corrupt-20270115T080000Z"))
    #expect(damage == "page" || kept == before)
    for name in folder.names { #expect(try folder.mode(of: name) == 0o600) }
    // A second one on the same date gets a name of its own.
    try store.database.close()
    try second.database.close()
    try Data("damaged again, and long enough to be looked at by SQLite".utf8).write(to: URL(filePath: folder.database))
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.database + suffix) }
    _ = try await folder.store()
    #expect(folder.names.contains("telephone.db.corrupt-20270115T080000Z-1"))
  }

  private func damaged(_ folder: Folder, by damage: String) async throws {
    let file = URL(filePath: folder.database)
    switch damage {
    case "empty": try Data().write(to: file)
    case "header", "page":
      let store = try await folder.store()
      for number in 0..<5 { try await store.save(try token("token-\(number)"), at: today) }
      try await store.run("PRAGMA wal_checkpoint(TRUNCATE)")
      if damage == "page" { try await store.save(try token("in the log"), at: today) }
      let logs = damage == "page" ? try Data(contentsOf: URL(filePath: folder.database + "-wal")) : nil
      try store.database.close()
      var octets = try Data(contentsOf: file)
      let range = damage == "header" ? 0..<100 : 4096..<octets.count
      octets.replaceSubrange(range, with: Data(repeating: 0xA5, count: range.count))
      try octets.write(to: file)
      // As after a crash: the log was not taken into the file.
      if logs != nil { try Data(repeating: 0x5A, count: 4000).write(to: URL(filePath: folder.database + "-wal")) }
    default: try Data(damage.utf8).write(to: file)
    }
  }

  @Test func `a database that is full refuses the row, keeps the others, and works again with room`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store(keep: 1000)
    try await store.run("PRAGMA max_page_count = 1")
    var last: StoreFault?
    var saved = 0
    for number in 0..<200 where last == nil {
      let next = try token("token-\(number)", age: 0.01 * Double(200 - number))
      do throws(StoreFault) {
        try await store.save(next, at: today)
        saved += 1
      } catch {
        last = error
      }
    }
    #expect(last?.kind == .full)
    #expect(last?.sentence.contains("disk is full") == true)
    #expect(try await store.ids().count == saved)
    try await store.run("PRAGMA max_page_count = 1000000")
    try await store.save(try token("with room"), at: today)
    #expect(try await store.ids().first == "with room")
    #expect(try await store.strings("PRAGMA integrity_check") == ["ok"])
  }

  @Test func `a file that another process has locked is a fault within DB_TIMEOUT, and no more`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let settings = try folder.settings(timeout: .milliseconds(50))
    let store = try await TokenStore.open(settings, at: today, clock: TestClock())
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.database, configuration: configuration)
    let fresh = try token()
    // The other connection holds the write lock while this one tries.
    try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN EXCLUSIVE") }
    #expect(await faultKind { () async throws(StoreFault) in try await store.save(fresh, at: today) } == .busy)
    // It may still be read.
    #expect(try await store.ids().isEmpty)
    #expect(try await openFault(folder.database, timeout: .milliseconds(50))?.kind == .busy)
    try await other.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
    try await store.save(fresh, at: today)
    #expect(try await store.ids() == ["token-1"])
  }

  @Test func `an operation that hangs is left after DB_TIMEOUT`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let clock = TestClock()
    let store = try await TokenStore.open(try folder.settings(timeout: .seconds(7)), at: today, clock: clock)
    let (begun, running) = AsyncStream.makeStream(of: Void.self)
    async let kind = faultKind { () async throws(StoreFault) in
      // Counts until it is interrupted.
      _ = try await store.perform { db in
        db.add(
          function: DatabaseFunction("begun", argumentCount: 0) { _ in
            running.yield()
            return 1
          })
        return try Int.fetchOne(
          db, sql: "WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
      }
    }
    await clock.untilSomebodySleeps(for: .seconds(7))
    for await _ in begun { break }
    clock.advance(by: .seconds(7))
    #expect(await kind == .timedOut)
    // The interrupt let the connection go, so the next operation is served.
    #expect(try await store.ids().isEmpty)
  }

  @Test func `a file by a newer version is left alone`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let store = try await folder.store()
    try await store.save(try token(), at: today)
    try await store.run("INSERT INTO grdb_migrations (identifier) VALUES ('telephone-99')")
    let fault = try await openFault(folder.database)
    #expect(fault?.kind == .newer)
    #expect(try await store.ids() == ["token-1"])
    #expect(folder.names.allSatisfy { !$0.contains("corrupt") })
  }
}
