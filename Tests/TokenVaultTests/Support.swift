import Crypto
import Foundation
import GRDB
import KeySets

@testable import TokenVault

/// The date of these tests.
let today = Date(timeIntervalSince1970: 1_800_000_000)

/// Good for a store, and what tokens are signed with.
let secret = "a-secret-of-the-tests-0123456789-0123456789"
let otherSecret = "another-secret-of-the-tests-0123456789-0123"

/// A token of `minutes` that was issued `age` minutes ago.
func compact(
  _ id: String = "token-1", path: String = "demo", age: Double = 0, minutes: Double = 60, secret: String = secret
) throws -> String {
  try TokenIssuer(secret: secret).issue(
    subject: "alice", pathID: path, id: id, issuedAt: today.addingTimeInterval(-age * 60),
    lifetime: .seconds(minutes * 60))
}

func token(
  _ id: String = "token-1", path: String = "demo", age: Double = 0, minutes: Double = 60
) throws -> AgentToken {
  try AgentToken(try compact(id, path: path, age: age, minutes: minutes))
}

/// A folder of a test's own.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/telephone-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  /// A `defer`, not a `deinit`: a folder must not go while a store of the test still works in it.
  func remove() {
    chmod(path, 0o700)
    try? FileManager.default.removeItem(atPath: path)
  }

  var database: String { path + "/telephone.db" }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  func mode(of name: String) throws -> UInt? {
    try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? UInt
      ?? (FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? NSNumber)?.uintValue
  }

  func settings(
    secret: String = secret, keep: Int = 5, timeout: Duration = .seconds(20)
  ) throws -> StoreSettings {
    try StoreSettings(path: database, secret: secret, keep: keep, timeout: timeout)
  }

  func store(secret: String = secret, keep: Int = 5, timeout: Duration = .seconds(20)) async throws -> TokenStore {
    try await TokenStore.open(try settings(secret: secret, keep: keep, timeout: timeout), at: today)
  }

  /// One of the files that the Go program left.
  func copyLegacy(_ name: String) throws {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name).db")
    try Data(contentsOf: source).write(to: URL(filePath: database))
  }
}

extension TokenStore {
  /// Runs a statement past the store's own.
  func run(_ sql: String) async throws {
    try await database.writeWithoutTransaction { db in try db.execute(sql: sql) }
  }

  func strings(_ sql: String, _ arguments: StatementArguments = StatementArguments()) async throws -> [String] {
    try await database.writeWithoutTransaction { db in try String.fetchAll(db, sql: sql, arguments: arguments) }
  }

  func ids(path: String = "demo") async throws -> [String] { try await load(pathID: path, at: today).tokens.map(\.id) }
}

/// The kind of the fault that `body` throws; `nil`, if it throws none.
func faultKind(_ body: () async throws(StoreFault) -> Void) async -> StoreFault.Kind? {
  do throws(StoreFault) {
    try await body()
    return nil
  } catch {
    return error.kind
  }
}
