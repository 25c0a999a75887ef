import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

@Suite("telephone token, and the store")
struct TokenCommandTests {
  @Test func `a good token is shown by its claims and its checks, and never itself`() async throws {
    let token = try await Program.token()
    let result = try await Program(environment: ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret])
      .run("token", "check")
    #expect(result.code == 0, "\(result)")
    for line in ["token from settings, which is used", "path_id demo", "ok    signature", "ok    exp", "(59m "] {
      #expect(result.output.contains(line), "'\(line)' is missing in:\n\(result.output)")
    }
    for part in token.split(separator: ".") { #expect(!result.output.contains(part)) }
  }

  @Test func `a token that fails is told with the check and with what to do`() async throws {
    let token = try await Program.token(secret: "another-secret-of-more-than-thirty-two-octets")
    let program = Program(environment: ["TELEPHONE_TOKEN": token, "SECRET_KEY_BASE": Program.secret])
    let folder = try TemporaryFolder()
    let result = try await program.run("token", "check", "--token-db-path", folder.path + "/t.db")
    #expect(result.code == 1)
    for line in ["FAIL  signature", "set TOKEN_SECRET to the gateway's secret", "TOKEN_VERIFICATION=off"] {
      #expect(result.output.contains(line), "'\(line)' is missing in:\n\(result.output)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    let run = try await program.run("run", "--token-db-path", folder.path + "/t.db")
    #expect(run.code == 69)
    #expect(run.errors.contains("set TOKEN_SECRET to the gateway's secret"))
    for part in token.split(separator: ".") { #expect(!(result.output + run.errors).contains(part)) }
  }

  @Test(arguments: [
    (["TELEPHONE_TOKEN": ""], "TELEPHONE_TOKEN is not set"),
    (["TOKEN_VERIFICATION": "maybe"], "TOKEN_VERIFICATION must be on or off"),
    (["TOKEN_JWKS_URL": "not a url"], "TOKEN_JWKS_URL cannot be used"),
    (["TOKEN_PUBLIC_KEY": "not a key"], "TOKEN_PUBLIC_KEY cannot be used"),
    (
      ["TOKEN_SECRET": Program.secret, "TOKEN_JWKS_URL": "http://127.0.0.1/"],
      "TOKEN_SECRET and TOKEN_JWKS_URL are all set"
    ),
    (["SECRET_KEY_BASE": "short"], "openssl rand -base64 48"),
    (["SECRET_KEY_BASE": Program.secret, "TOKEN_DB_KEEP": "0"], "TOKEN_DB_KEEP must be a whole number from 1 to 1000"),
    (["SECRET_KEY_BASE": Program.secret, "DB_TIMEOUT": "soon"], "DB_TIMEOUT must be a duration"),
    ([:], "There is nothing to verify the token with"),
  ])
  func `what cannot be used is told before anything is dialed`(
    _ environment: [String: String], _ sentence: String
  ) async throws {
    let token = try await Program.token()
    let program = Program(environment: ["TELEPHONE_TOKEN": token].merging(environment) { $1 })
    for command in [["run"], ["token", "check"]] {
      let result = try await program.run(arguments: command)
      #expect(result.code == 64, "\(command): \(result)")
      #expect(result.errors.contains(sentence), "\(command): \(result)")
    }
  }

  @Test func `unverified tokens are used when that is asked for by name, and each start warns`() async throws {
    let program = Program(environment: [
      "TELEPHONE_TOKEN": try await Program.token(secret: "another-secret-of-more-than-thirty-two-octets"),
      "TOKEN_VERIFICATION": "off",
    ])
    let result = try await program.run("token", "check")
    #expect(result.code == 0)
    #expect(result.output.contains("TOKEN_VERIFICATION=off: tokens are used without a look at their signature"))
  }

  /// Until 2100, and the key set that has the public key.
  private static let signed = (
    token: "eyJhbGciOiJFZERTQSIsImtpZCI6InRlc3QiLCJ0eXAiOiJKV1QifQ."
      + "eyJzdWIiOiJ0ZWxlcGhvbmUiLCJqdGkiOiJqIiwicGF0aF9pZCI6ImRlbW8iLCJpYXQiOjE3NTAwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMH0."
      + "AOE29T5tbAD38IQZW8h48MlIl5TawZfCev0A5CZWXFOtGedL7q_4zh33suFqhbiVlgrCl2S9PUeY8-qi66nRDw",
    keys: #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"test","alg":"EdDSA","use":"sig","#
      + #""x":"TM-q0hFvScBx5xKIZaxd6SoSgvtYzbFNj6R_rxo7PYk"}]}"#
  )

  @Test func `keys that cannot be fetched at the start are asked for again, and then the token is used`() async throws {
    let asked = Mutex(0)
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          let number = asked.withLock { asked in
            asked += 1
            return asked
          }
          let keys = Self.signed.keys
          try? await connection.write(
            number == 1
              ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
              : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(keys.utf8.count)\r\n\r\n\(keys)"
          )
        }
      },
      { server in
        let program = Program(environment: [
          "TELEPHONE_TOKEN": Self.signed.token, "TOKEN_JWKS_URL": "http://127.0.0.1:\(server.port)/keys",
          "PLUGBOARD_URL": "ws://127.0.0.1:\(try RawClient.closedPort())/telephone/websocket", "MAX_RETRIES": "0",
        ])
        let result = try await program.run("run")
        // It dialled.
        #expect(result.code == 75, "\(result)")
        #expect(result.errors.contains("the token cannot be verified now"))
        #expect(result.errors.contains("A token was chosen"))
        #expect(asked.withLock { $0 } >= 2)
        for part in Self.signed.token.split(separator: ".") { #expect(!result.errors.contains(part)) }
        let check = try await program.run("token", "check")
        #expect(check.code == 0)
        #expect(check.output.contains("ok    signature: by a key of TOKEN_JWKS_URL"))
      })
  }

  @Test func `a refreshed token is stored, and the next start needs no other`() async throws {
    let folder = try TemporaryFolder()
    let port = try await RawClient.freePort()
    let settings = [
      "TOKEN_SECRET": Program.secret, "SECRET_KEY_BASE": String(Program.secret.reversed()),
      "TOKEN_DB_PATH": folder.path + "/telephone.db", "INITIAL_BACKOFF": "50ms", "MAX_BACKOFF": "50ms",
      "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
    ]
    let store = Program(environment: settings)
    let first = Program(environment: settings.merging(["TELEPHONE_TOKEN": try await Program.token(ttl: "30s")]) { $1 })
    let stopped = try await Program(environment: ["TOKEN_SECRET": Program.secret])
      .run(["switchboard", "--listen", "127.0.0.1:\(port)"]) { switchboard in
        try await switchboard.line(with: "Listening on")
        let code = try await first.run(["run"]) { agent in
          // At half of its life.
          try await agent.line(with: "The token was refreshed.")
          try agent.send(.terminate)
        }
        #expect(code == 0)
        let again = try await store.run(["run"]) { agent in
          try await agent.line(with: "joined")
          try agent.send(.terminate)
        }
        #expect(again == 0)
        try switchboard.send(.terminate)
      }
    #expect(stopped == 0)
    let check = try await store.run("token", "check")
    #expect(check.output.contains("token from store"))
    let forgotten = try await store.run("token", "forget")
    #expect(forgotten.code == 0)
    #expect(forgotten.output.contains("forgotten."))
    let left = try await store.run("token", "check")
    #expect(left.code == 1)
    #expect(left.output.contains("There is no token"))
    #expect(try await store.run("run").code == 69)
  }

  @Test func `the Go program's file may take the place of the one that a start without a token has made`() async throws
  {
    let folder = try TemporaryFolder()
    let file = folder.path + "/telephone.db"
    let program = Program(environment: [
      "SECRET_KEY_BASE": "legacy-secret-key-base-0123456789-0123456789-0123456789-0123456789", "TOKEN_DB_PATH": file,
      "PLUGBOARD_URL": "ws://127.0.0.1:\(try RawClient.closedPort())/telephone/websocket", "MAX_RETRIES": "0",
    ])
    let empty = try await program.run("run")
    #expect(empty.code == 69, "\(empty)")
    // No log that would be taken into the other file.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["telephone.db"])
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.copyItem(
      atPath: "\(Program.root)/Tests/TokenVaultTests/Fixtures/telephone-time-string.db", toPath: file)
    let taken = try await program.run("run")
    #expect(taken.code == 75, "\(taken)")
    #expect(taken.errors.contains("A token was taken over from the Go program's table."))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["telephone.db"])
  }

  @Test func `forgetting needs the secret of a store`() async throws {
    let result = try await Program().run("token", "forget")
    #expect(result.code == 64)
    #expect(result.errors.contains("SECRET_KEY_BASE is not set"))
    #expect(try await Program().run("token").code == 64)
  }
}
