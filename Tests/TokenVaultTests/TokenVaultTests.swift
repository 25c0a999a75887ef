import Foundation
import GRDB
import KeySets
import Logging
import Synchronization
import TestSupport
import Testing

@testable import TokenVault

@Suite struct TokenVaultTests {
  private func settings(_ token: String?, _ folder: Folder?) throws -> VaultSettings {
    VaultSettings(token: token, trust: try .secret(secret, from: .tokenSecret), store: try folder?.settings())
  }

  private func fault(_ settings: VaultSettings) async -> TokenFault? {
    do throws(TokenFault) {
      _ = try await TokenVault.open(settings, at: today)
      return nil
    } catch {
      return error
    }
  }

  @Test func `of all that pass, the one that was issued last is used`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("stored", age: 10, minutes: 120), at: today)
    for (id, age, winner, origin) in [
      ("older", 20.0, "stored", TokenOrigin.store), ("newer", 5, "newer", .settings),
    ] {
      let vault = try await TokenVault.open(try settings(try compact(id, age: age), folder), at: today)
      #expect(vault.current.id == winner)
      #expect(vault.origin == origin)
      #expect(vault.notices.contains { $0.metadata["origin"] == origin.rawValue && $0.metadata["others"] == "1" })
    }
    #expect(try await TokenVault.open(try settings(nil, folder), at: today).current.id == "stored")
    // Another path has nothing in the store.
    let elsewhere = try await TokenVault.open(try settings(try compact(path: "other", age: 59), folder), at: today)
    #expect(elsewhere.origin == .settings)
  }

  @Test func `what expired or fails in the settings names the path still, and is never used`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("stored", age: 10), at: today)
    for wrong in [try compact("expired", age: 90), try compact("forged", secret: otherSecret), "no token"] {
      let vault = try await TokenVault.open(try settings(wrong, folder), at: today)
      #expect(vault.current.id == "stored")
      #expect(vault.notices.contains { $0.level == .warning && $0.message.contains("TELEPHONE_TOKEN is not used") })
    }
  }

  @Test func `without a token that may be used the start says why`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await fault(try settings(nil, folder))?.kind == .missing)
    #expect(await fault(try settings("", nil))?.kind == .missing)
    #expect(await fault(try settings(try compact(age: 90), folder))?.kind == .expired)
    #expect(await fault(try settings(try compact(secret: otherSecret), folder))?.kind == .badSignature)
    // A stored token that another secret signed is not used either.
    let forged = try AgentToken(try compact(secret: otherSecret))
    try await folder.store().save(forged, at: today)
    #expect(await fault(try settings(nil, folder))?.kind == .badSignature)
    try await folder.store().save(try token(path: "second"), at: today)
    let several = await fault(try settings(nil, folder))
    #expect(several?.kind == .missing)
    #expect(several?.sentence.contains("2 paths") == true)
    let source = CachedKeySource(fetch: { throw CancellationError() }, clock: TestClock())
    let pair = TokenTrustTests.KeyPair()
    let unreachable = VaultSettings(token: try pair.token(), trust: .keySet(source), store: nil)
    #expect(await fault(unreachable)?.kind == .keysUnavailable)
  }

  @Test func `a refreshed token is verified, stored and used`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let vault = try await TokenVault.open(try settings(try compact("first", age: 30), folder), at: today)
    let adoption = try await vault.adopt(refreshed: try compact("second"), at: today)
    #expect(adoption.isStored)
    #expect(adoption.notice.level == .info)
    #expect(vault.current.id == "second")
    #expect(vault.origin == .refresh)
    // As after a restart with the settings as they were.
    let next = try await TokenVault.open(try settings(try compact("first", age: 30), folder), at: today)
    #expect(next.current.id == "second")
    #expect(next.origin == .store)
  }

  @Test func `a refreshed token is not used before it is stored`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let clock = TestClock()
    let settings = VaultSettings(
      token: try compact("first", age: 30), trust: try .secret(secret, from: .tokenSecret),
      store: try folder.settings(timeout: .seconds(33)))
    let vault = try await TokenVault.open(settings, at: today, clock: clock)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.database, configuration: configuration)
    try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    async let adoption = vault.adopt(refreshed: try compact("second"), at: today)
    await clock.untilSomebodySleeps(for: .seconds(33))
    #expect(vault.current.id == "first")
    try await other.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
    #expect(try await adoption.isStored)
    #expect(vault.current.id == "second")
  }

  @Test func `an answer that fails a check changes nothing`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let vault = try await TokenVault.open(try settings(try compact("first"), folder), at: today)
    let answers: [(String, TokenFault.Kind)] = [
      (try compact(secret: otherSecret), .badSignature), (try compact(age: 61), .expired), ("", .missing),
      ("x.y.z", .malformed), (try compact(path: "other"), .otherPath),
    ]
    for (answer, kind) in answers {
      do throws(TokenFault) {
        _ = try await vault.adopt(refreshed: answer, at: today)
        Issue.record("\(kind) was adopted")
      } catch {
        #expect(error.kind == kind)
      }
      #expect(vault.current.id == "first")
    }
    #expect(try await folder.store().ids().isEmpty)
  }

  @Test func `without its store the agent goes on, and stores what it holds when that is back`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try FileManager.default.removeItem(atPath: folder.path)
    let vault = try await TokenVault.open(try settings(try compact("first"), folder), at: today)
    #expect(vault.notices.contains { $0.level == .error && $0.metadata["reason"]?.contains(folder.path) == true })
    let adoption = try await vault.adopt(refreshed: try compact("second"), at: today)
    #expect(!adoption.isStored)
    #expect(adoption.storeFault?.kind == .folder)
    #expect(adoption.notice.level == .error)
    #expect(vault.current.id == "second")
    #expect(vault.isUnstored)
    #expect(await vault.storeAgain(at: today)?.kind == .folder)
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
    #expect(await vault.storeAgain(at: today) == nil)
    #expect(!vault.isUnstored)
    #expect(try await folder.store().ids() == ["second"])
    #expect(await vault.storeAgain(at: today) == nil)
  }

  @Test func `a store that breaks while the agent runs is set aside and begun anew at the next try`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let vault = try await TokenVault.open(try settings(try compact("first"), folder), at: today)
    let store = try await folder.store()
    try await store.run("PRAGMA wal_checkpoint(TRUNCATE)")
    var octets = try Data(contentsOf: URL(filePath: folder.database))
    octets.replaceSubrange(0..<octets.count, with: Data(repeating: 0xA5, count: octets.count))
    let handle = try FileHandle(forWritingTo: URL(filePath: folder.database))
    try handle.write(contentsOf: octets)
    let adoption = try await vault.adopt(refreshed: try compact("second"), at: today)
    #expect(adoption.storeFault?.kind == .corrupt)
    #expect(vault.current.id == "second")
    #expect(await vault.storeAgain(at: today) == nil)
    #expect(folder.names.contains { $0.contains(".corrupt-") })
    #expect(try await folder.store().ids() == ["second"])
  }

  @Test func `a locked store costs nothing but DB_TIMEOUT, and a wrong key keeps the rows and is said`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store(secret: otherSecret).save(try token("sealed", age: 1), at: today)
    let settings = VaultSettings(
      token: try compact("first"), trust: try .secret(secret, from: .tokenSecret),
      store: try folder.settings(timeout: .milliseconds(50)))
    let vault = try await TokenVault.open(settings, at: today, clock: TestClock())
    #expect(vault.notices.contains { $0.message.contains("another SECRET_KEY_BASE") && $0.metadata["rows"] == "1" })
    let other = try DatabaseQueue(path: folder.database)
    try await other.writeWithoutTransaction { db in
      try db.execute(sql: "BEGIN IMMEDIATE")
      defer { try? db.execute(sql: "ROLLBACK") }
      let held = DispatchSemaphore(value: 0)
      Task {
        defer { held.signal() }
        let adoption = try await vault.adopt(refreshed: try compact("second"), at: today)
        #expect(adoption.storeFault?.kind == .busy)
        #expect(vault.current.id == "second")
      }
      held.wait()
    }
    #expect(await vault.storeAgain(at: today) == nil)
    #expect(try await folder.store().ids() == ["second"])
    #expect(try await folder.store(secret: otherSecret).ids() == ["sealed"])
  }

  @Test func `with no store at all refreshes stay in memory, and the start says so`() async throws {
    let vault = try await TokenVault.open(try settings(try compact("first"), nil), at: today)
    #expect(vault.notices.contains { $0.level == .warning && $0.message.contains("SECRET_KEY_BASE") })
    let adoption = try await vault.adopt(refreshed: try compact("second"), at: today)
    #expect(!adoption.isStored && adoption.storeFault == nil)
    #expect(vault.current.id == "second")
    #expect(!vault.isUnstored)
  }

  @Test func `after a 403 the settings' token is tried once, if it is another that passes`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("stored", age: 10), at: today)
    let vault = try await TokenVault.open(try settings(try compact("first", age: 20), folder), at: today)
    #expect(vault.current.id == "stored")
    #expect(vault.settingsToken(at: today)?.id == "first")
    #expect(vault.settingsToken(at: today.addingTimeInterval(2400)) == nil)
    #expect(vault.useSettingsToken(at: today)?.id == "first")
    #expect(vault.current.id == "first")
    #expect(vault.origin == .settings)
    #expect(vault.settingsToken(at: today) == nil)
    #expect(vault.useSettingsToken(at: today) == nil)
    // A refresh gives it another chance; by then it may have expired.
    _ = try await vault.adopt(refreshed: try compact("second"), at: today)
    #expect(vault.useSettingsToken(at: today.addingTimeInterval(3600)) == nil)
    #expect(vault.useSettingsToken(at: today)?.id == "first")
    let only = try await TokenVault.open(try settings(try compact("first", age: 5), nil), at: today)
    #expect(only.useSettingsToken(at: today) == nil)
  }

  /// A key set that can be away, and change.
  private final class Keys: KeySource {
    private let set: Mutex<KeySet?>

    init(_ pair: TokenTrustTests.KeyPair?) throws { set = Mutex(try pair.map { try KeySet(jwks: $0.keySet) }) }

    func change(to pair: TokenTrustTests.KeyPair?) throws {
      let new = try pair.map { try KeySet(jwks: $0.keySet) }
      set.withLock { $0 = new }
    }

    func keys() async throws(KeySetError) -> KeySet {
      guard let set = set.withLock({ $0 }) else { throw KeySetError(.unavailable, "The key set is away.") }
      return set
    }

    func keysAfterMiss(of keyID: String?) async throws(KeySetError) -> KeySet? { try await keys() }
  }

  @Test(arguments: [true, false])
  func `an answer whose key is not there yet is stored, and used when the key is`(_ isAway: Bool) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (old, new) = (TokenTrustTests.KeyPair(), TokenTrustTests.KeyPair(id: "key-2"))
    let keys = try Keys(old)
    let settings = VaultSettings(token: try old.token(), trust: .keySet(keys), store: try folder.settings())
    let vault = try await TokenVault.open(settings, at: today)
    let answer = try new.token {
      $0["jti"] = "second"
      $0["iat"] = 1_799_999_500
    }
    // The key set is away, or has only the old key.
    try keys.change(to: isAway ? nil : old)
    let fault = await #expect(throws: TokenFault.self) { try await vault.adopt(refreshed: answer, at: today) }
    #expect(fault?.kind == (isAway ? .keysUnavailable : .keyNotFound))
    #expect(fault?.isForWantOfKeys == true)
    #expect(vault.current.id == "token-1")
    if isAway {
      // A restart in between waits for the keys, and takes no older token meanwhile.
      let early = await #expect(throws: TokenFault.self) { try await TokenVault.open(settings, at: today) }
      #expect(early?.kind == .keysUnavailable)
    }
    try keys.change(to: new)
    #expect(try await TokenVault.open(settings, at: today).current.id == "second")
    #expect(try await vault.adopt(refreshed: answer, at: today).isStored)
    #expect(vault.current.id == "second")
  }

  @Test func `a token that could not be judged at the start is found after a 403`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (old, new) = (TokenTrustTests.KeyPair(), TokenTrustTests.KeyPair(id: "key-2"))
    let stored = try new.token {
      $0["jti"] = "second"
      $0["iat"] = 1_799_999_500
    }
    try await folder.store().save(try AgentToken(stored), at: today)
    let keys = try Keys(old)
    let settings = VaultSettings(token: try old.token(), trust: .keySet(keys), store: try folder.settings())
    let vault = try await TokenVault.open(settings, at: today)
    #expect(vault.current.id == "token-1")
    #expect(await vault.lookAgain(at: today) == nil)
    try keys.change(to: new)
    #expect(await vault.lookAgain(at: today)?.id == "second")
    #expect(vault.current.id == "second")
    #expect(vault.origin == .store)
  }

  @Test func `a store that was locked at the start is read after a 403, once`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("stored", age: 10), at: today)
    let settings = VaultSettings(
      token: try compact("first", age: 20), trust: try .secret(secret, from: .tokenSecret),
      store: try folder.settings(timeout: .milliseconds(50)))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.database, configuration: configuration)
    try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    let vault = try await TokenVault.open(settings, at: today, clock: TestClock())
    #expect(vault.current.id == "first")
    #expect(await vault.lookAgain(at: today) == nil)
    try await other.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
    #expect(await vault.lookAgain(at: today)?.id == "stored")
    #expect(vault.current.id == "stored")
    #expect(vault.origin == .store)
    // What comes later is not looked for.
    try await folder.store().save(try token("later", age: 5), at: today)
    #expect(await vault.lookAgain(at: today) == nil)
    _ = try await vault.adopt(refreshed: try compact("next"), at: today)
    #expect(try await folder.store().ids().first == "next")
  }

  @Test func `no log is left beside a store that is closed, nor after a start that failed`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await fault(try settings(nil, folder))?.kind == .missing)
    #expect(folder.names == ["telephone.db"])
    let vault = try await TokenVault.open(try settings(try compact("first", age: 30), folder), at: today)
    _ = try await vault.adopt(refreshed: try compact("second"), at: today)
    await vault.close()
    #expect(folder.names == ["telephone.db"])
  }
}
