import Foundation
import NIOCore
import Subprocess
import TestSupport
import Testing

/// Gateways that are right and wrong, and what is told of them.
@Suite("telephone doctor", .timeLimit(.minutes(2)))
struct DoctorTests {
  /// Runs the doctor, and takes its lines apart.
  private func visit(_ environment: [String: String], _ arguments: String...) async throws -> Visit {
    let arguments = ["doctor", "--format", "json"] + arguments
    let result = try await Program(environment: environment).run(arguments: arguments)
    return try Visit(result)
  }

  /// Runs `body` with the port of a switchboard.
  private func withSwitchboard(
    _ arguments: [String] = [], _ body: @escaping @Sendable (Int, RunningProgram) async throws -> Void
  ) async throws {
    let port = try await RawClient.freePort()
    let stopped = try await Program(environment: ["TOKEN_SECRET": Program.secret])
      .run(["switchboard", "--listen", "127.0.0.1:\(port)"] + arguments) { switchboard in
        try await switchboard.line(with: "Listening on")
        try await body(port, switchboard)
        try switchboard.send(.terminate)
      }
    #expect(stopped == 0)
  }

  private func withBackend(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlisted")
        }
      }, { try await body($0.port) })
  }

  @Test(arguments: ["1", "2"])
  func `beside a switchboard all is well, by both protocols`(_ version: String) async throws {
    let token = try await Program.token()
    try await withBackend { backend in
      try await withSwitchboard(["--protocol", version]) { port, switchboard in
        let visit = try await visit(
          [
            "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret, "BACKEND_HOST": "127.0.0.1",
            "BACKEND_PORT": "\(backend)",
          ], "--gateway", "ws://127.0.0.1:\(port)/telephone/websocket")
        #expect(visit.code == 0, "\(visit.result)")
        #expect(visit.verdicts.filter { $0.value == "FAIL" }.isEmpty)
        #expect(visit["join"]?.verdict == "ok")
        #expect(visit["join"]?.sentence == "telephone:demo, protocol \(version)")
        #expect(visit["upgrade"]?.sentence == "101, ws://127.0.0.1:\(port)/telephone/websocket")
        #expect(visit["heartbeat"]?.sentence.hasPrefix("channel ") == true)
        #expect(visit["heartbeat"]?.sentence.contains(", socket ") == true)
        #expect(visit["backend"]?.verdict == "ok")
        #expect(visit["tls"]?.verdict == "skipped")
        #expect(visit["settings"]?.verdict == "ok")
        #expect(visit["token"]?.details?.contains { $0.contains("There is no token store") } == true)
        #expect(visit["token"]?.sentence.contains("path_id demo") == true)
        #expect(visit.steps.count == 11)
        #expect(!visit.result.output.contains(token) && !visit.result.output.contains(Program.secret))
        try await switchboard.line(with: "telephone left")
      }
    }
  }

  @Test func `without a token the way to the gateway is tried all the same, and it is told how to make one`()
    async throws
  {
    try await withSwitchboard { port, _ in
      let visit = try await visit([:], "--gateway", "ws://127.0.0.1:\(port)/telephone/websocket")
      #expect(visit.code == 1)
      for step in ["name", "tcp", "clock", "pipeline"] { #expect(visit[step]?.verdict == "ok", "\(step)") }
      #expect(visit["token"]?.verdict == "FAIL")
      #expect(visit["token"]?.advice?.contains("telephone token issue --path demo") == true)
      for step in ["upgrade", "join", "heartbeat"] {
        #expect(visit[step]?.verdict == "skipped")
        #expect(visit[step]?.sentence.contains("telephone token issue") == true)
      }
    }
  }

  @Test(arguments: ["1", "2"])
  func `calls go on beside a running agent while doctors come and go`(_ version: String) async throws {
    let token = try await Program.token()
    try await withBackend { backend in
      try await withSwitchboard(["--protocol", version]) { port, switchboard in
        let environment = [
          "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret, "BACKEND_HOST": "127.0.0.1",
          "BACKEND_PORT": "\(backend)", "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
        ]
        let code = try await Program(environment: environment).run(["run"]) { agent in
          try await switchboard.line(with: "telephone joined")
          let calls = Task {
            var answers: [String] = []
            while !Task.isCancelled {
              // The last call is not cut off.
              answers.append(try await Task { try await PlainCall.get(port, "/call/demo/") }.value)
            }
            return answers
          }
          for _ in 1...3 { #expect(try await visit(environment).code == 0) }
          calls.cancel()
          let answers = try await calls.value
          #expect(!answers.isEmpty)
          for answer in answers where !answer.hasPrefix("HTTP/1.1 200") {
            // Protocol 1 knows no DRAIN, so a call may come to the doctor, or cross its leave.
            let isTurnedAway = answer.hasPrefix("HTTP/1.1 503") && answer.lowercased().contains("retry-after:")
            let isLost = answer.hasPrefix("HTTP/1.1 502") && answer.contains("line-lost")
            #expect(version == "1" && (isTurnedAway || isLost), "\(answer)")
          }
          try agent.send(.terminate)
        }
        #expect(code == 0)
      }
    }
  }

  @Test func `without a join the channel is left alone`() async throws {
    let token = try await Program.token()
    try await withSwitchboard { port, switchboard in
      let visit = try await visit(
        ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret], "--gateway",
        "ws://127.0.0.1:\(port)/telephone/websocket", "--no-join")
      #expect(visit["join"]?.verdict == "skipped")
      #expect(visit["heartbeat"]?.sentence.hasPrefix("socket ") == true)
    }
  }

  @Test func `a token that the gateway refuses, and one that our own check refuses`() async throws {
    let foreign = try await Program.token(secret: "another-secret-of-more-than-thirty-two-octets")
    try await withSwitchboard { port, _ in
      let gateway = "ws://127.0.0.1:\(port)/telephone/websocket"
      let refused = try await visit(
        ["TELEPHONE_TOKEN": foreign, "TOKEN_VERIFICATION": "off"], "--gateway", gateway)
      #expect(refused.code == 1)
      #expect(refused["token"]?.verdict == "warning")
      #expect(refused["upgrade"]?.verdict == "FAIL")
      #expect(refused["upgrade"]?.sentence.contains("refused the token (403)") == true)
      #expect(refused["join"]?.verdict == "skipped")

      let unverified = try await visit(
        ["TELEPHONE_TOKEN": foreign, "TOKEN_SECRET": Program.secret], "--gateway", gateway)
      #expect(unverified["token"]?.verdict == "FAIL")
      #expect(unverified["token"]?.details?.contains { $0.contains("signature fails") } == true)
      #expect(unverified["upgrade"]?.verdict == "skipped")
      #expect(!refused.result.output.contains(foreign) && !unverified.result.output.contains(foreign))
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "The path is wrong"),
    ("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", "pass Upgrade on"),
    ("HTTP/1.1 301 Moved\r\nLocation: https://b.example/?token=x\r\nContent-Length: 0\r\n\r\n", "PLUGBOARD_URL"),
    ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "the gateway behind it does not run"),
  ])
  func `an upgrade that is refused is told with what the status means`(_ answer: String, _ advice: String) async throws
  {
    let token = try await Program.token()
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil { try? await connection.write(answer) }
      },
      { server in
        let visit = try await visit(
          ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret], "--gateway", "ws://127.0.0.1:\(server.port)/x")
        #expect(visit["upgrade"]?.verdict == "FAIL")
        #expect(visit["upgrade"]?.advice?.contains(advice) == true, "\(visit.result.output)")
        #expect(!visit.result.output.contains("token=x"))
      })
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", "warning", "ahead of the gateway's"),
    ("Fri, 31 Dec 9999 23:59:59 GMT", "warning", "behind the gateway's"),
    ("Fri, 31 Dec 99999 23:59:59 GMT", "ok", "tells no time"),
    ("yesterday", "ok", "tells no time"),
  ])
  func `a clock that is wrong is told by the gateway's own`(
    _ date: String, _ verdict: String, _ words: String
  ) async throws {
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 404 Not Found\r\nDate: \(date)\r\nContent-Length: 0\r\n\r\n")
        }
      },
      { server in
        let visit = try await visit([:], "--gateway", "ws://127.0.0.1:\(server.port)/x?token=sesame")
        #expect(visit["clock"]?.verdict == verdict)
        #expect(visit["clock"]?.sentence.contains(words) == true)
        #expect(!visit.result.output.contains("sesame"))
      })
  }

  @Test func `a token that was issued some seconds ahead of this clock is no remark, and one of an hour is`()
    async throws
  {
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        }
      },
      { server in
        for (ahead, verdict) in [(20, "ok"), (3600, "warning")] {
          let issued = Int(Date().timeIntervalSince1970) + ahead
          let claims = Data(
            #"{"sub":"s","jti":"j","path_id":"demo","iat":\#(issued),"exp":\#(issued + 3600)}"#.utf8
          ).base64EncodedString().replacing("=", with: "")
          let visit = try await visit(
            ["TELEPHONE_TOKEN": "eyJhbGciOiJIUzI1NiJ9.\(claims).c2lnbmF0dXJl", "TOKEN_VERIFICATION": "off"],
            "--gateway", "ws://127.0.0.1:\(server.port)/x")
          #expect(visit["clock"]?.verdict == verdict)
        }
      })
  }

  @Test func `a token for thousands of years is no trap`() async throws {
    let claims = Data(
      #"{"sub":"s","jti":"j","path_id":"demo","iat":253402200000,"exp":253402300799}"#.utf8
    ).base64EncodedString().replacing("=", with: "")
    let token = "eyJhbGciOiJIUzI1NiJ9.\(claims).c2lnbmF0dXJl"
    let visit = try await visit(
      ["TELEPHONE_TOKEN": token, "TOKEN_VERIFICATION": "off"], "--gateway",
      "ws://127.0.0.1:\(try RawClient.closedPort())/x")
    #expect(visit["token"]?.sentence.contains("path_id demo") == true)
    #expect(visit.code == 1)
  }

  @Test func `a gateway that is not there, and one that says nothing`() async throws {
    let token = try await Program.token()
    let environment = ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret]
    let closed = try RawClient.closedPort()
    let absent = try await visit(environment, "--gateway", "ws://127.0.0.1:\(closed)/x")
    #expect(absent["tcp"]?.verdict == "FAIL")
    #expect(absent["tcp"]?.sentence == "127.0.0.1:\(closed) refused")
    for step in ["clock", "upgrade", "join", "heartbeat"] { #expect(absent[step]?.verdict == "skipped", "\(step)") }

    try await RawServer.with(
      { await $0.waitForEnd() },
      { server in
        let silent = try await visit(environment, "--gateway", "ws://127.0.0.1:\(server.port)/x", "--timeout", "2s")
        #expect(silent["upgrade"]?.verdict == "FAIL")
        #expect(silent["upgrade"]?.sentence.hasSuffix("did not answer the upgrade within 2s.") == true)
        #expect(silent["clock"]?.verdict == "warning")
      })

    let unnamed = try await visit(environment, "--gateway", "ws://no-such-host.invalid/x")
    #expect(unnamed["name"]?.verdict == "FAIL")
    #expect(unnamed["tcp"]?.verdict == "skipped")
  }

  @Test func `all that is wrong in settings and pipeline is told, and the rest is tried`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: x\nstages: [no-such-stage]\n", to: "x.yaml")
    try await withSwitchboard { port, _ in
      let visit = try await visit(
        [
          "HEARTBEAT_INTERVAL": "often", "MAX_RETRIES": "-2", "TOKEN_SECRET": Program.secret,
          "TELEPHONE_TOKEN": try await Program.token(),
        ], file, "--gateway", "ws://127.0.0.1:\(port)/telephone/websocket")
      #expect(visit.code == 1)
      #expect(visit["settings"]?.verdict == "FAIL")
      #expect(visit["settings"]?.details?.count == 2)
      #expect(visit["settings"]?.details?.contains { $0.hasPrefix("HEARTBEAT_INTERVAL must be") } == true)
      #expect(visit["pipeline"]?.verdict == "FAIL")
      #expect(visit["pipeline"]?.details?.contains { $0.contains("x.yaml:2:10: error:") } == true)
      #expect(visit["heartbeat"]?.verdict == "ok")
      #expect(visit["backend"]?.verdict == "skipped")
    }
  }

  @Test(arguments: ["ws://h:99999/x", "ws://h:44333333/x", "ws://a b/x", "ws://gäteway.example/x"])
  func `a URL that can never be dialled is a wrong setting, for run too`(_ gateway: String) async throws {
    let environment = [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_SECRET": Program.secret, "PLUGBOARD_URL": gateway,
    ]
    let visit = try await visit(environment)
    #expect(visit.code == 1)
    #expect(visit["settings"]?.verdict == "FAIL")
    #expect(visit["settings"]?.details?.contains { $0.hasPrefix("PLUGBOARD_URL must be a URL") } == true)
    let run = try await Program(environment: environment).run("run")
    #expect(run.code == 64, "\(run)")
  }

  @Test(arguments: ["TOKEN_SECRET=SECRET\r\n", "X=1\n  TOKEN_SECRET = SECRET\n", "export  TOKEN_SECRET=SECRET\n"])
  func `a file with a secret that everybody can read is remarked on, however it is written`(_ text: String) async throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "settings")
    chmod(file, 0o644)
    let environment = [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_VERIFICATION": "off",
      "PLUGBOARD_URL": "ws://no-such-host.invalid/x",
    ]
    let open = try await visit(environment, "--env", file)
    #expect(open["settings"]?.details?.contains { $0.contains("chmod 600") } == true)
    chmod(file, 0o600)
    let closed = try await visit(environment, "--env", file)
    #expect(closed["settings"]?.details?.contains { $0.contains("chmod 600") } != true)
  }

  @Test func `settings that are surely not meant are remarked on`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "TELEPHONE_TOKEN=\(try await Program.token())\nTOKEN_SECRET=\(Program.secret)\n", to: "settings")
    let visit = try await visit(
      [
        "HEARTBEAT_INTERVAL": "90s", "INITIAL_BACKOFF": "1ms", "MAX_RETRIES": "0",
        "PLUGBOARD_URL": "ws://no-such-host.invalid/x",
      ], "--env", file)
    #expect(visit["settings"]?.verdict == "warning")
    for mark in ["HEARTBEAT_INTERVAL is 1m30s", "INITIAL_BACKOFF is 1ms", "MAX_RETRIES is 0", "Use wss", "chmod 600"] {
      #expect(visit["settings"]?.details?.contains { $0.contains(mark) } == true, "\(mark)")
    }
  }

  @Test func `a backend that is not there`() async throws {
    let closed = try RawClient.closedPort()
    let visit = try await visit(
      ["BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(closed)", "PLUGBOARD_URL": "ws://no-such-host.invalid/x"])
    #expect(visit["backend"]?.verdict == "FAIL")
    #expect(visit["backend"]?.sentence == "http://127.0.0.1:\(closed) refused")
    #expect(visit["backend"]?.advice?.contains("'forward'") == true)

    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: two
      stages:
        - { stage: forward, id: files, when: { path: /files/** }, with: { to: "unix:\(folder.path)/none.sock" } }
        - { stage: forward, with: { to: "https://no-such-host.invalid" } }
        - emit-chunks
      """, to: "two.yaml")
    let two = try await self.visit(["PLUGBOARD_URL": "ws://no-such-host.invalid/x"], file)
    #expect(two["backend"]?.verdict == "FAIL")
    #expect(
      two["backend"]?.sentence == "unix:\(folder.path)/none.sock no such file or directory, "
        + "https://no-such-host.invalid has a name that is not resolved")
    #expect(two["backend"]?.advice?.contains("'files', 'forward'") == true)
  }

  @Test func `wrong usage`() async throws {
    for arguments in [
      ["doctor", "--timeout", "soon"], ["doctor", "--gateway", "ws://a/", "--plugboard-url", "ws://b/"],
      ["doctor", "--no-such-flag"], ["doctor", "--env", "no-such-file"],
    ] { #expect(try await Program().run(arguments: arguments).code == 64, "\(arguments)") }
  }

  @Test func `Ctrl-C ends a visit that waits`() async throws {
    let token = try await Program.token()
    try await RawServer.with(
      { await $0.waitForEnd() },
      { server in
        let code = try await Program(environment: ["TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret]).run(
          ["doctor", "--gateway", "ws://127.0.0.1:\(server.port)/x", "--timeout", "1m"]
        ) { doctor in
          try await doctor.line(with: "tls ")
          try doctor.send(.interrupt)
        }
        #expect(code == 130)
      })
  }

  @Test func `text has a line for each step, and no colour in a pipe`() async throws {
    let result = try await Program(environment: ["PLUGBOARD_URL": "ws://no-such-host.invalid/x"]).run("doctor")
    #expect(result.code == 1)
    #expect(result.output.contains("\nok       pipeline  "))
    #expect(result.output.contains("\nFAIL     token     "))
    #expect(result.output.contains("\nskipped  tcp       "))
    #expect(!result.output.contains("\u{1B}"))
  }
}
