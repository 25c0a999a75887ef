import Foundation
import GRDB
import Testing

@testable import TokenVault

/// What a killed process, a full file system and two processes at once leave behind, with real processes.
@Suite struct StoreCrashTests {
  /// The last number that a child process said it has saved.
  private static func acknowledged(_ folder: Folder) throws -> Int {
    let text = (try? String(contentsOfFile: folder.path + "/saved", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.flatMap { Int($0) } ?? -1
  }

  @Test func `a kill at any moment leaves a whole file with all that was acknowledged`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = folder.path
    for round in 0..<12 {
      let start = try Self.acknowledged(folder) + 1
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int, start = start as Int] in
        try await Self.saveUntilKilled(in: path, from: start, round: round)
      }
      let saved = try Self.acknowledged(folder)
      let store = try await folder.store()
      #expect(try await store.strings("PRAGMA integrity_check") == ["ok"])
      #expect(store.notices.isEmpty)
      let held = try await store.load(pathID: "demo", at: today)
      #expect(held.damaged == 0 && held.otherKey == 0)
      #expect(held.tokens.count <= 3)
      #expect(round < 4 || saved >= start + round)
      guard saved >= 0 else { continue }
      // One more may be there than was acknowledged, never one less.
      let newest = held.tokens.first?.id
      #expect(newest == "token-\(saved)" || newest == "token-\(saved + 1)")
    }
    #expect(folder.names.allSatisfy { !$0.contains("corrupt") && !$0.hasPrefix(".telephone") })
  }

  /// In a child process: saves tokens, one after the other, and is killed while it does.
  private static func saveUntilKilled(in path: String, from start: Int, round: Int) async throws {
    let settings = try StoreSettings(path: path + "/telephone.db", secret: secret, keep: 3)
    // The first rounds die while the file is opened, the others after some rows, at another moment of a save each.
    let killer = Thread {
      usleep(UInt32(round < 4 ? 1000 + round * 1500 : (round * 677) % 1500))
      kill(getpid(), SIGKILL)
    }
    if round < 4 { killer.start() }
    let log = open(path + "/saved", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let store = try await TokenStore.open(settings, at: today)
    for number in start..<1_000_000 {
      try await store.save(try token("token-\(number)", age: -0.001 * Double(number), minutes: 6000), at: today)
      let line = Array("\(number)\n".utf8)
      _ = write(log, line, line.count)
      if round >= 4, number == start + round { killer.start() }
    }
  }

  @Test func `a file system that takes no more octets costs the row, not the file`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("before"), at: today)
    let path = folder.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      // No file of this process may grow beyond 40 KiB.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 40_000, rlim_max: 40_000)
      #if canImport(Glibc)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }
      #else
        guard setrlimit(RLIMIT_FSIZE, &limit) == 0 else { exit(2) }
      #endif
      let settings = try StoreSettings(path: path + "/telephone.db", secret: secret, keep: 1000)
      let trust = try TokenTrust.secret(secret, from: .tokenSecret)
      let vault = try await TokenVault.open(VaultSettings(token: nil, trust: trust, store: settings), at: today)
      for number in 0..<500 {
        let refreshed = try compact("token-\(number)", age: -0.001 * Double(number + 1))
        let adoption = try await vault.adopt(refreshed: refreshed, at: today)
        guard let fault = adoption.storeFault else { continue }
        // The agent goes on with the token that the gateway just issued.
        exit(vault.current.rawValue == refreshed && [.full, .failed].contains(fault.kind) ? EXIT_SUCCESS : 3)
      }
      exit(4)
    }
    let store = try await folder.store()
    #expect(store.notices.isEmpty)
    #expect(try await store.ids().contains("before"))
    #expect(try await store.strings("PRAGMA integrity_check") == ["ok"])
    try await store.save(try token("after", age: -10), at: today)
    #expect(try await store.ids().first == "after")
  }

  @Test func `two processes on one file from its first moment on lose nothing`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = folder.path
    @Sendable func child(_ name: String) async {
      await #expect(processExitsWith: .success) { [path = path as String, name = name as String] in
        let settings = try StoreSettings(path: path + "/telephone.db", secret: secret, timeout: .seconds(60))
        let store = try await TokenStore.open(settings, at: today)
        for number in 0..<40 {
          try await store.save(try token("\(name)-\(number)", path: name, age: 40 - Double(number)), at: today)
        }
        exit(EXIT_SUCCESS)
      }
    }
    async let one: Void = child("one")
    async let two: Void = child("two")
    _ = await (one, two)
    let store = try await folder.store()
    for name in ["one", "two"] {
      #expect(try await store.ids(path: name) == (35..<40).reversed().map { "\(name)-\($0)" })
    }
    #expect(try await store.strings("SELECT count(*) FROM telephone_store") == ["1"])
    #expect(try await store.strings("PRAGMA integrity_check") == ["ok"])
    #expect(folder.names == ["telephone.db", "telephone.db-shm", "telephone.db-wal"])
  }

  @Test func `many stores of one process begin one file together`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let settings = try folder.settings(timeout: .seconds(60))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          let store = try await TokenStore.open(settings, at: today)
          try await store.save(try token("token-\(number)", path: "path-\(number)"), at: today)
        }
      }
      try await group.waitForAll()
    }
    #expect(try await folder.store().pathIDs(at: today).count == 8)
  }
}
