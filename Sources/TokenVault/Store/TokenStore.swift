import Dispatch
import GRDB

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Tokens in an SQLite file, sealed: what a refresh brought outlives the process.
///
/// Every operation takes at most `DB_TIMEOUT` and throws a ``StoreFault``; none blocks the caller's thread. What is written
/// is on the disk when the call returns (WAL, `synchronous = FULL`). Several stores, of one process or many, may have one
/// file open.
package final class TokenStore: Sendable {
  package enum Access: Sendable {
    /// Makes file and tables where they are missing, and sets a damaged file aside.
    case readWrite
    /// Changes nothing, for a report.
    case readOnly
  }

  package let settings: StoreSettings
  /// What opening it had to say.
  package let notices: [VaultNotice]
  let database: DatabaseQueue
  /// `nil`, if the file has none of our tables; then it was opened to be read only.
  let key: StoreKey?
  private let clock: any Clock<Duration>

  private init(
    _ settings: StoreSettings, _ database: DatabaseQueue, _ key: StoreKey?, _ notices: [VaultNotice],
    _ clock: any Clock<Duration>
  ) {
    self.settings = settings
    self.database = database
    self.key = key
    self.notices = notices
    self.clock = clock
  }

  /// Opens the store.
  /// - Parameter now: For the name of a damaged file that is set aside.
  /// - Parameter clock: What `DB_TIMEOUT` is measured with.
  package static func open(
    _ settings: StoreSettings, _ access: Access = .readWrite, at now: Date,
    clock: any Clock<Duration> = ContinuousClock()
  ) async throws(StoreFault) -> TokenStore {
    let late: @Sendable () -> StoreFault = { timedOut(settings) }
    return try await BoundedCall.wait(atMost: settings.timeout, clock, late: late) { end in
      let opening = StoreOpening(settings: settings, access: access)
      DispatchQueue.global().async {
        let outcome = Result { () throws(StoreFault) in
          let opened = try opening.open(at: now)
          return TokenStore(settings, opened.database, opened.key, opened.notices, clock)
        }
        end(outcome)
      }
    }
  }

  /// Closes the file. The last one that has it open takes its write-ahead log into it and removes that.
  func close() async {
    let (database, settings) = (database, settings)
    let late: @Sendable () -> StoreFault = { Self.timedOut(settings) }
    try? await BoundedCall<Void>.wait(atMost: settings.timeout, clock, late: late) { end in
      DispatchQueue.global().async {
        try? database.close()
        end(.success(()))
      }
    }
  }

  private static func timedOut(_ settings: StoreSettings) -> StoreFault {
    StoreFault(
      .timedOut, "The token store \(settings.path) did not answer within DB_TIMEOUT. Look whether its disk is well.")
  }

  /// Runs `work` in a transaction that holds the write lock from its beginning.
  func write<Value: Sendable>(
    _ work: @escaping @Sendable (Database, StoreKey) throws -> Value
  ) async throws(StoreFault) -> Value {
    guard let key else { throw StoreFault(.missing, "The token store \(settings.path) was opened to be read only.") }
    return try await perform { db in
      var value: Value?
      try db.inTransaction(.immediate) {
        value = try work(db, key)
        return .commit
      }
      return value
    }
  }

  /// Runs `work` in a transaction that only reads.
  func read<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(StoreFault) -> Value {
    try await perform { db in
      var value: Value?
      try db.inTransaction(.deferred) {
        value = try work(db)
        return .commit
      }
      return value
    }
  }

  /// Runs `work` outside of a transaction, within `DB_TIMEOUT`.
  func perform<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value?
  ) async throws(StoreFault) -> Value {
    let settings = settings
    let late: @Sendable () -> StoreFault = { [database] in
      database.interrupt()
      return Self.timedOut(settings)
    }
    return try await BoundedCall.wait(atMost: settings.timeout, clock, late: late) { end in
      database.asyncWriteWithoutTransaction { db in
        do {
          if db.isInsideTransaction { try db.rollback() }
          guard let value = try work(db) else { throw StoreFault(.failed, "The token store gave no answer.") }
          end(.success(value))
        } catch {
          end(.failure(StoreFault(error, path: settings.path)))
        }
      }
    }
  }
}
