import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

@Suite("telephone run, and its settings")
struct RunTests {
  @Test func `all wrong settings are told in one message`() async throws {
    let result = try await Program(environment: [
      "TELEPHONE_TOKEN": "not.a.token", "PLUGBOARD_URL": "http://example.com", "HEARTBEAT_INTERVAL": "often",
      "MAX_RETRIES": "-2", "MAX_RESPONSE_SIZE": "huge", "INITIAL_BACKOFF": "1m", "MAX_BACKOFF": "1s",
      "BACKEND_SCHEME": "ftp", "HEALTH_CHECK_PORT": "70000",
    ]).run("run", "pipelines/demo.yaml", "--demo-secret-is-not-a-flag")
    #expect(result.code == 64)

    let told = try await Program(environment: [
      "TELEPHONE_TOKEN": "not.a.token", "PLUGBOARD_URL": "http://example.com", "HEARTBEAT_INTERVAL": "often",
      "MAX_RETRIES": "-2", "MAX_RESPONSE_SIZE": "huge", "INITIAL_BACKOFF": "1m", "MAX_BACKOFF": "1s",
      "HEALTH_CHECK_PORT": "70000",
    ]).run("run")
    #expect(told.code == 64)
    for name in [
      "TELEPHONE_TOKEN", "PLUGBOARD_URL", "HEARTBEAT_INTERVAL", "MAX_RETRIES", "MAX_RESPONSE_SIZE", "INITIAL_BACKOFF",
      "HEALTH_CHECK_PORT",
    ] {
      #expect(told.errors.contains("- \(name)"), "\(name) is missing in:\n\(told.errors)")
    }
    #expect(!told.errors.contains("not.a.token"))
  }

  @Test func `a credential in a wrong setting is not shown`() async throws {
    for url in ["http://user:SECRETPW@gateway/?token=SECRETT", "ws://user:SECRETPW@gateway/socket"] {
      let result = try await Program(environment: ["PLUGBOARD_URL": url]).run("run")
      #expect(result.code == 64)
      #expect(result.errors.contains("PLUGBOARD_URL must be a URL such as"))
      #expect(!result.errors.contains("SECRETPW") && !result.errors.contains("SECRETT"))
    }
  }

  @Test func `settings that can never work are told at the start`() async throws {
    let result = try await Program(environment: [
      "TELEPHONE_CA_FILE": "no-such-file.pem", "BACKEND_HOST": "::1", "REQUEST_TIMEOUT": "soon", "CHUNK_SIZE": "1GiB",
    ]).run("run")
    #expect(result.code == 64)
    for fault in [
      "TELEPHONE_TOKEN is not set", "TELEPHONE_CA_FILE: no-such-file.pem cannot be read", "[::1]",
      "REQUEST_TIMEOUT must be",
      "CHUNK_SIZE must be",
    ] {
      #expect(result.errors.contains(fault), "'\(fault)' is missing in:\n\(result.errors)")
    }
  }

  @Test(arguments: ["HEALTH_CHECK_PORT", "--ops"])
  func `an operations port that is taken is told, and nothing was dialled`(_ setting: String) async throws {
    let token = try await Program.token()
    let dials = Mutex(0)
    try await RawServer.with(
      { _ in dials.withLock { $0 += 1 } },
      { taken in
        var environment = [
          "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret,
          "PLUGBOARD_URL": "ws://127.0.0.1:\(taken.port)/telephone/websocket",
        ]
        var arguments = ["run"]
        if setting == "--ops" {
          arguments += ["--ops", "127.0.0.1:\(taken.port)"]
        } else {
          environment[setting] = "\(taken.port)"
        }
        let result = try await Program(environment: environment).run(arguments: arguments)
        #expect(result.code == 69, "\(result)")
        let place = setting == "--ops" ? "127.0.0.1:\(taken.port)" : "port \(taken.port)"
        #expect(
          result.errors.contains(
            "error: \(setting): Cannot listen on \(place): Address already in use. Choose another address or port."))
        #expect(!result.errors.contains("Fatal error"))
      })
    #expect(dials.withLock { $0 } == 0)
  }

  @Test func `while the keys of the token cannot be had the process lives, is not ready, and ends in order`()
    async throws
  {
    func part(_ json: String) -> String {
      Data(json.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
    let token = [
      part(#"{"alg":"EdDSA","kid":"k"}"#),
      part(#"{"sub":"s","jti":"j","path_id":"demo","iat":1700000000,"exp":4000000000}"#), part("signature"),
    ].joined(separator: ".")
    let (closed, operations) = (try RawClient.closedPort(), try await RawClient.freePort())
    let code = try await Program(environment: [
      "TELEPHONE_TOKEN": token, "TOKEN_JWKS_URL": "http://127.0.0.1:\(closed)/keys",
      "PLUGBOARD_URL": "ws://127.0.0.1:\(closed)/telephone/websocket",
    ]).run(["run", "--ops", "127.0.0.1:\(operations)"]) { agent in
      try await agent.line(with: "the token cannot be verified now")
      #expect(try await PlainCall.get(operations, "/live").hasPrefix("HTTP/1.1 200"))
      #expect(try await PlainCall.get(operations, "/ready").hasSuffix("starting\n"))
      try agent.send(.terminate)
    }
    #expect(code == 0)
  }

  @Test func `without --ops or HEALTH_CHECK_PORT nobody listens`() async throws {
    let gateway = try RawClient.closedPort()
    let code = try await Program(environment: [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_SECRET": Program.secret,
      "PLUGBOARD_URL": "ws://127.0.0.1:\(gateway)/telephone/websocket",
    ]).run(["run"]) { agent in
      let lost = try await agent.line(with: "no line to the gateway")
      #expect(lost.contains("kind=connection_refused") && lost.contains("cause=") && lost.contains("retry_in="))
      try agent.send(.terminate)
      #expect(await !agent.all.contains { $0.contains("listening") })
    }
    #expect(code == 0)
  }

  @Test func `an operations address that is none is told`() async throws {
    let result = try await Program(environment: [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_SECRET": Program.secret,
    ])
    .run("run", "--ops", "no-such-name.invalid:8081")
    #expect(result.code == 69)
    #expect(result.errors.contains("--ops: Cannot listen on no-such-name.invalid:8081: there is no such address"))
  }

  @Test func `a missing token is told with what to do`() async throws {
    let result = try await Program().run("run")
    #expect(result.code == 64)
    #expect(result.errors.contains("TELEPHONE_TOKEN is not set"))
    #expect(result.errors.contains("telephone token issue --path"))
  }

  @Test func `a broken pipeline is told before anything is dialed`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: x\nstages: [no-such-stage]\n", to: "x.yaml")
    let result = try await Program(environment: [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_SECRET": Program.secret,
    ])
    .run("run", file)
    #expect(result.code == 1)
    #expect(result.errors.contains("\(file):2:10: error:"))
  }

  @Test(arguments: [
    ("MAX_STREAMS", "0", "1 to 1048576"), ("MAX_STREAMS", "1048577", "1 to 1048576"), ("MAX_STREAMS", "many", "1 to"),
    ("TUNNEL_CONNECTIONS", "0", "1 to 8"), ("TUNNEL_CONNECTIONS", "9", "1 to 8"),
  ])
  func `the lines and their streams have ranges`(_ name: String, _ value: String, _ range: String) async throws {
    let told = try await Program(environment: [name: value]).run("run")
    #expect(told.code == 64)
    #expect(told.errors.contains("\(name) must be a whole number from \(range)"))
    let flag = "--" + name.lowercased().replacing("_", with: "-")
    #expect(try await Program().run("run", flag, value).errors.contains("\(name) must be a whole number"))
  }

  @Test func `a switchboard grants no protocol that there is not`() async throws {
    let result = try await Program(environment: ["TOKEN_SECRET": Program.secret]).run("switchboard", "--protocol", "3")
    #expect(result.code == 64)
    #expect(result.errors.contains("--protocol must be 1 or 2"))
  }

  @Test(arguments: ["1", "2"])
  func `two lines are joined, by the newest protocol that the switchboard grants`(_ version: String) async throws {
    let token = try await Program.token()
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlisted")
        }
      },
      { backend in
        let port = try await RawClient.freePort()
        let telephone = Program(environment: [
          "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret,
          "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
          "BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(backend.port)", "TUNNEL_CONNECTIONS": "2",
          "MAX_BACKOFF": "50ms", "INITIAL_BACKOFF": "50ms",
        ])
        let stopped = try await Program(environment: ["TOKEN_SECRET": Program.secret])
          .run(["switchboard", "--listen", "127.0.0.1:\(port)", "--protocol", version]) { switchboard in
            try await switchboard.line(with: "Listening on")
            let code = try await telephone.run(["run"]) { agent in
              for line in 1...2 {
                #expect(try await agent.line(with: "line=\(line) protocol=").contains("=\(version)"))
              }
              for _ in 1...4 { #expect(try await PlainCall.get(port, "/call/demo/").hasSuffix("listed")) }
              try agent.send(.terminate)
            }
            #expect(code == 0)
            try switchboard.send(.terminate)
          }
        #expect(stopped == 0)
      })
  }

  @Test func `flags stand before the environment, and that before the file`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("MAX_RETRIES=file\nMAX_BACKOFF=file\nCONNECT_TIMEOUT=file\n", to: ".env")
    var program = Program(environment: ["MAX_RETRIES": "environment", "MAX_BACKOFF": "environment"])
    program.folder = folder.path
    let result = try await program.run("run", "\(Program.root)/pipelines/default.yaml", "--max-retries", "flag")
    #expect(result.errors.contains("MAX_RETRIES must be a whole number from -1 to 1000000, not 'flag'"))
    #expect(result.errors.contains("not 'environment'"))
    #expect(
      result.errors.contains("CONNECT_TIMEOUT must be a duration such as 250ms, 10s or 1m30s, at least 1ms, not 'file'")
    )
  }

  @Test func `an agent that may not try again gives up with 75`() async throws {
    let port = try await RawClient.freePort()
    let result = try await Program(environment: [
      "TELEPHONE_TOKEN": try await Program.token(), "TOKEN_SECRET": Program.secret,
      "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
      "MAX_RETRIES": "0",
    ]).run("run")
    #expect(result.code == 75)
    #expect(result.errors.contains("Gave up"))
  }

  @Test func `tokens need a secret, a path and a life`() async throws {
    #expect(try await Program().run("token", "issue", "--path", "demo").code == 64)
    let program = Program(environment: ["SECRET_KEY_BASE": Program.secret])
    #expect(try await program.run("token", "issue").code == 64)
    #expect(try await program.run("token", "issue", "--path", "demo", "--ttl", "forever").code == 64)
    let good = try await program.run("token", "issue", "--path", "demo")
    #expect(good.code == 0)
    #expect(good.output.split(separator: ".").count == 3)
  }

  @Test func `the README's three terminals: a call goes through, also after the switchboard was killed`() async throws {
    let token = try await Program.token()
    try await RawServer.with(
      { connection in
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlisted")
        }
      },
      { backend in
        let port = try await RawClient.freePort()
        let gateway = Program(environment: ["TOKEN_SECRET": Program.secret])
        let listen = ["switchboard", "--listen", "127.0.0.1:\(port)"]
        let telephone = Program(environment: [
          "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret,
          "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
          "BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(backend.port)", "MAX_BACKOFF": "50ms",
          "INITIAL_BACKOFF": "50ms",
        ])
        let code = try await telephone.run(["run"]) { agent in
          _ = try await gateway.run(listen) { switchboard in
            try await switchboard.line(with: "Listening on")
            try await switchboard.line(with: "telephone joined")
            #expect(try await PlainCall.get(port, "/call/demo/").hasSuffix("listed"))
            try switchboard.send(.kill)
          }
          let stopped = try await gateway.run(listen) { switchboard in
            try await switchboard.line(with: "telephone joined")
            #expect(try await PlainCall.get(port, "/call/demo/").hasSuffix("listed"))
            try switchboard.send(.terminate)
          }
          #expect(stopped == 0)
          try agent.send(.terminate)
        }
        #expect(code == 0)
      })
  }
}
