import GRDB
import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The steps that open a store, one after the other, on a thread that they may block.
struct StoreOpening: Sendable {
  typealias Opened = (database: DatabaseQueue, key: StoreKey?, notices: [VaultNotice])

  let settings: StoreSettings
  let access: TokenStore.Access

  func open(at now: Date) throws(StoreFault) -> Opened {
    let file = StoreFile(path: settings.path)
    guard access == .readWrite else { return try openToRead(file) }
    let isPrivate = try file.prepare()
    let end = ContinuousClock.now + settings.timeout
    let lock = try StoreLock(folder: file.folder) { ContinuousClock.now >= end }
    defer { withExtendedLifetime(lock) {} }
    var notices: [VaultNotice] = []
    if !isPrivate {
      let sentence = "The token store can be read by others, and its mode cannot be changed. Make this user its owner."
      notices.append(VaultNotice(.warning, sentence, ["path": settings.path]))
    }
    do {
      try inspect()
      let (database, key) = try openToWrite(at: now)
      return (database, key, notices)
    } catch {
      // SQLite needs to make files beside its own, and does not say it when it cannot.
      if error.kind == .file { try file.probe() }
      guard error.kind == .corrupt else { throw error }
    }
    let target = try file.setAside(at: now)
    _ = try file.prepare()
    let (database, key) = try openToWrite(at: now)
    let sentence = "The token store was damaged. It was set aside and a new one begun; tokens in it are not read."
    notices.append(VaultNotice(.error, sentence, ["path": settings.path, "set_aside": target]))
    return (database, key, notices)
  }

  /// Looks for damage through a connection that cannot write: at its close, another one would take a damaged file's log
  /// into the file and delete it.
  private func inspect() throws(StoreFault) {
    do {
      var configuration = configuration
      configuration.readonly = true
      let database = try DatabaseQueue(path: settings.path, configuration: configuration)
      let found = Result { try database.inDatabase(Self.check) }
      try database.close()
      try found.get()
    } catch {
      let fault = StoreFault(error, path: settings.path)
      // Anything else that is wrong is wrong for the one that writes, too, or mended by it (a journal to roll back).
      if fault.kind == .corrupt { throw fault }
    }
  }

  private func openToWrite(at now: Date) throws(StoreFault) -> (DatabaseQueue, StoreKey) {
    do {
      let database = try DatabaseQueue(path: settings.path, configuration: configuration)
      do {
        return (database, try setUp(database, at: now))
      } catch {
        try? database.close()
        throw error
      }
    } catch {
      throw StoreFault(error, path: settings.path)
    }
  }

  private func setUp(_ database: DatabaseQueue, at now: Date) throws -> StoreKey {
    try database.inDatabase { db in
      try Self.check(db)
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // What is deleted is overwritten, ciphertext though it is.
      try db.execute(sql: "PRAGMA secure_delete = ON")
    }
    guard try database.read(StoreSchema.migrator.hasBeenSuperseded) == false else {
      throw StoreFault(
        .newer, "A newer version of Telephone wrote the token store \(settings.path). Use that one, or another path.")
    }
    try StoreSchema.migrator.migrate(database)
    let salt = try database.write { db in
      if let salt = try Self.salt(db) { return salt }
      var generator = SystemRandomNumberGenerator()
      let salt = Data((0..<StoreKey.saltSize).map { _ in UInt8.random(in: 0...255, using: &generator) })
      try db.execute(
        sql: "INSERT INTO telephone_store (id, salt, created_at) VALUES (1, ?, ?)",
        arguments: [salt, Int64(now.timeIntervalSince1970)])
      return salt
    }
    _ = StoreFile(path: settings.path).protect()
    return StoreKey(secret: settings.secret, salt: salt)
  }

  private func openToRead(_ file: StoreFile) throws(StoreFault) -> Opened {
    try file.checkRegular()
    guard file.exists else { throw StoreFault(.missing, "There is no token store \(settings.path) yet.") }
    do {
      var configuration = configuration
      configuration.readonly = true
      let database = try DatabaseQueue(path: settings.path, configuration: configuration)
      let salt = try database.inDatabase { db in
        try Self.check(db)
        return try db.tableExists("telephone_store") ? try Self.salt(db) : nil
      }
      return (database, salt.map { StoreKey(secret: settings.secret, salt: $0) }, [])
    } catch {
      throw StoreFault(error, path: settings.path)
    }
  }

  private static func salt(_ db: Database) throws -> Data? {
    try Data.fetchOne(db, sql: "SELECT salt FROM telephone_store WHERE id = 1")
  }

  /// Looks at every page and index. A store has a few rows, so this takes no time.
  private static func check(_ db: Database) throws {
    let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(100)")
    // Values of the wrong type, which SQLite lets anybody write, are no damage of the file.
    let damage = found.filter { $0 != "ok" && !$0.contains(" value in ") && !$0.hasPrefix("CHECK constraint") }
    guard damage.isEmpty else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
  }

  /// SQLite waits for locks a little shorter than an operation may take, so that its word comes first.
  private var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(settings.timeout / .seconds(1) * 0.9)
    configuration.label = "token store"
    // GRDB would end the process if a failing disk refused a rollback. Who comes next tries it again.
    configuration.allowsUnsafeTransactions = true
    return configuration
  }
}
