import Foundation
import Testing

@testable import TokenVault

@Suite struct VaultReportTests {
  private func report(
    _ token: String?, _ folder: Folder?, _ trust: TokenTrust? = nil, storeSecret: String = secret
  ) async throws -> (VaultReport, String) {
    let settings = VaultSettings(
      token: token, trust: try trust ?? .secret(secret, from: .secretKeyBase),
      store: try folder?.settings(secret: storeSecret))
    let report = await VaultReport(settings, at: today)
    return (report, report.lines(at: today).joined(separator: "\n"))
  }

  @Test func `it shows claims, time left, checks and where each token came from`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await folder.store().save(try token("stored", age: 10), at: today)
    let before = folder.names
    let (report, text) = try await report(try compact("set", age: 55), folder)
    #expect(report.isUsable)
    #expect(report.items.map(\.origin) == [.settings, .store])
    #expect(report.items.map(\.isChosen) == [false, true])
    #expect(report.advice.isEmpty)
    for line in [
      "token from settings\n", "token from store, which is used\n", "sub alice", "jti stored", "path_id demo",
      "exp 2027-01-15T08:50:00Z (50m left)", "exp 2027-01-15T08:05:00Z (5m left)",
      "ok    signature: by SECRET_KEY_BASE",
      "store: \(folder.database): 1 token in force for this path",
    ] { #expect(text.contains(line), "\(line)") }
    #expect(folder.names == before)
  }

  @Test func `it says which check failed and what to do, never a token`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let forged = try compact("set", secret: otherSecret)
    try await folder.store(secret: otherSecret).save(try token("stored"), at: today)
    let (report, text) = try await report(forged, folder)
    #expect(!report.isUsable)
    #expect(text.contains("FAIL  signature: The token's signature fails."))
    #expect(text.contains("ok    exp"))
    #expect(text.contains("1 row sealed by another SECRET_KEY_BASE"))
    #expect(text.contains("to do: Set the SECRET_KEY_BASE that the store was written with"))
    #expect(forged.split(separator: ".").allSatisfy { !text.contains($0.prefix(10)) })
    #expect(!text.contains(secret) && !text.contains(otherSecret))
  }

  @Test func `what expired says since when, and off is warned about`() async throws {
    let (report, text) = try await report(try compact(age: 60 * 30), nil, .off)
    #expect(!report.isUsable)
    #expect(text.contains("(expired 1d 5h ago)"))
    #expect(text.contains("to do: TOKEN_VERIFICATION=off"))
    #expect(text.contains("store: no store: SECRET_KEY_BASE is not set"))
    #expect(text.contains("--    signature: TOKEN_VERIFICATION=off"))
  }

  @Test func `the Go program's table is shown before it is taken over, and the file stays as it is`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.copyLegacy("telephone-time-string")
    let before = try Data(contentsOf: URL(filePath: folder.database))
    let trust = try TokenTrust.secret(LegacyTests.legacySecret, from: .secretKeyBase)
    let (report, text) = try await report(nil, folder, trust, storeSecret: LegacyTests.legacySecret)
    #expect(report.items.map(\.origin) == [.legacy])
    #expect(report.isUsable)
    #expect(text.contains("jti jti-newest"))
    #expect(text.contains("the Go program's table: 3 rows, 1 expired, 0 not decrypted, 0 that fail a check"))
    #expect(try Data(contentsOf: URL(filePath: folder.database)) == before)
    #expect(folder.names == ["telephone.db"])
  }

  @Test func `a store that cannot be read is said and left as it is`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (missing, _) = try await report(try compact(), folder)
    #expect(missing.isUsable)
    #expect(missing.advice.isEmpty)
    #expect(missing.store.first?.contains("There is no token store") == true)
    try Data("this is no database, and it is long enough to be looked at".utf8).write(
      to: URL(filePath: folder.database))
    let (damaged, _) = try await report(try compact(), folder)
    #expect(damaged.advice.first?.contains("is damaged") == true)
    #expect(folder.names == ["telephone.db"])
  }

  @Test(arguments: [
    (0.0, "0s"), (4.9, "4s"), (61, "1m 1s"), (3600, "1h"), (3661, "1h 1m"), (90_000, "1d 1h"), (31_536_000, "365d"),
  ])
  func `durations have their two largest units`(_ seconds: Double, _ text: String) {
    #expect(VaultReport.duration(seconds) == text)
  }
}
