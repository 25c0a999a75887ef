import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

/// `telephone run`, whose pipeline changes and whose exchanges are recorded, with a switchboard and clients.
@Suite("telephone run --watch, SIGHUP, --record", .timeLimit(.minutes(2)))
struct LiveTests {
  /// A telephone that is joined.
  struct Scene: Sendable {
    var agent: RunningProgram
    /// The switchboard's.
    var port: Int
    var operations: Int

    func get(_ target: String) async throws -> String { try await PlainCall.get(port, "/call/demo\(target)") }

    func send(_ text: String) async throws -> String {
      let client = try await RawClient.connect(port: port)
      try await client.write(text)
      return await client.readAllText()
    }
  }

  /// Each answer of the backend is `backend` and the number of its connection.
  private func run(
    _ pipeline: String, _ flags: [String] = [], environment: [String: String] = [:], folder: String = Program.root,
    _ body: @escaping @Sendable (Scene) async throws -> Void
  ) async throws {
    let connections = Mutex(0)
    try await RawServer.with(
      { connection in
        let number = connections.withLock {
          $0 += 1
          return $0
        }
        while let head = try? await connection.read(until: "\r\n\r\n") {
          // All of it is recorded only if all of it is read.
          if head.lowercased().contains("content-length: 12\r\n") { _ = try? await connection.read(12) }
          try? await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbackend \(number)")
        }
      },
      { backend in
        let secret = ["TOKEN_SECRET": Program.secret]
        let token = try await Program.token()
        let (port, operations) = (try await RawClient.freePort(), try await RawClient.freePort())
        var telephone = Program(
          environment: secret.merging([
            "TELEPHONE_TOKEN": token, "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
            "BACKEND_PORT": "\(backend.port)",
          ]) { $1 }.merging(environment) { $1 })
        telephone.folder = folder
        let arguments = ["run", pipeline, "--ops", "127.0.0.1:\(operations)"] + flags
        _ = try await Program(environment: secret).run(["switchboard", "--listen", "127.0.0.1:\(port)"]) {
          [telephone] gateway in
          try await gateway.line(with: "Listening on")
          let code = try await telephone.run(arguments) { agent in
            try await gateway.line(with: "telephone joined")
            try await body(Scene(agent: agent, port: port, operations: operations))
            try agent.send(.terminate)
          }
          #expect(code == 0)
          try gateway.send(.terminate)
        }
      })
  }

  /// A pipeline that limits `/limited` and marks what it sends on.
  private static func pipeline(burst: Int = 1, extra: String = "") -> String {
    """
    pipeline: live
    stages:
      - stage: rate-limit
        when: { path: /limited }
        with: { rate: 1/h, burst: \(burst) }
    \(extra)
      - stage: forward
        with: { to: "http://127.0.0.1:${BACKEND_PORT}", keep-alive: 1h }
      - emit-chunks

    """
  }

  private static let refusing = "  - stage: limit-headers\n    with: { max-count: 1 }"

  @Test func `a changed file serves the next request, and rates and connections are kept`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline(), to: "p.yaml")
    try await run(file, ["--watch"]) { scene in
      #expect(try await scene.get("/").hasSuffix("backend 1"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 200"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 429"))
      // As editors do: a new file in the place of the old one.
      try Data(Self.pipeline(extra: Self.refusing).utf8).write(to: URL(filePath: file), options: .atomic)
      let line = try await scene.agent.line(with: "pipeline swapped")
      #expect(line.contains("cause=\"a file changed\"") && line.contains("kept=3") && line.contains("stages=4"))
      let refused = try await scene.send(
        "GET /call/demo/ HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nConnection: close\r\n\r\n")
      #expect(refused.hasPrefix("HTTP/1.1 431"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 429"))
      let health = try await PlainCall.get(scene.operations, "/health")
      #expect(health.contains(#""last_swap":"swapped""#) && health.contains(#""swaps":1"#))
      let count = scene.agent.count
      // Another burst makes another stage, which knows of no requests.
      try Data(Self.pipeline(burst: 2).utf8).write(to: URL(filePath: file))
      #expect(try await scene.agent.line(with: "pipeline swapped", from: count).contains("kept=2"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 200"))
      // The pool has lived through both.
      #expect(try await scene.get("/").hasSuffix("backend 1"))
    }
  }

  @Test func `a broken file changes nothing, says where, and is served as soon as it is mended`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline(), to: "p.yaml")
    try await run(file, ["--watch"]) { scene in
      try Data("pipeline: live\nstages: [no-such-stage, forwart]\n".utf8).write(to: URL(filePath: file))
      for place in ["10", "25"] {
        let problem = try await scene.agent.line(with: "\(file):2:\(place)")
        #expect(problem.contains("pipeline problem") && problem.contains("unknown stage"))
      }
      let summary = try await scene.agent.line(with: "pipeline not swapped, the one before goes on")
      #expect(summary.contains("problems=2"))
      #expect(try await scene.get("/").hasSuffix("backend 1"))
      let metrics = try await PlainCall.get(scene.operations, "/metrics")
      #expect(metrics.contains("telephone_pipeline_swaps_total{outcome=\"failed\"} 1\n"))
      #expect(metrics.contains("telephone_pipeline_last_swap_successful 0\n"))
      // A stage that cannot be built is told of like this too; its file is waited for from then on.
      let count = scene.agent.count
      let key =
        "  - stage: verify-jwt\n    when: { path: /private }\n    with: { algorithms: [ES256], public-key: key.pem }"
      try Data(Self.pipeline(extra: key).utf8).write(to: URL(filePath: file))
      let unbuilt = try await scene.agent.line(with: "cannot be built", from: count)
      #expect(unbuilt.contains("\(file):8:46") && unbuilt.contains("key.pem"))
      try Data(Self.publicKey.utf8).write(to: URL(filePath: "\(folder.path)/key.pem"))
      #expect(try await scene.agent.line(with: "pipeline swapped", from: count).contains("stages=4"))
      #expect(try await scene.get("/private").hasPrefix("HTTP/1.1 401"))
      #expect(try await scene.get("/").hasSuffix("backend 1"))
    }
  }

  @Test func `what is included and the settings file are watched, also through a link that is turned`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    @Sendable func data(_ version: String, _ text: String) throws {
      try FileManager.default.createDirectory(atPath: "\(path)/\(version)", withIntermediateDirectories: false)
      try Data("fragment: f\nstages:\n\(text)\n".utf8).write(to: URL(filePath: "\(path)/\(version)/part.yaml"))
      try #require(symlink(version, "\(path)/next") == 0 && rename("\(path)/next", "\(path)/data") == 0)
    }
    try data("v1", "  - normalize-path")
    try #require(symlink("data/part.yaml", "\(path)/part.yaml") == 0)
    let file = try folder.write(
      """
      pipeline: "${NAME:-unnamed}"
      stages:
        - include: part.yaml
        - stage: forward
          with: { to: "http://127.0.0.1:${BACKEND_PORT}" }
        - emit-chunks

      """, to: "p.yaml")
    try await run(file, ["--watch"], folder: path) { scene in
      try data("v2", "  - normalize-path\n\(Self.refusing)")
      #expect(try await scene.agent.line(with: "pipeline swapped").contains("stages=4"))
      let count = scene.agent.count
      try Data("NAME=renamed\n".utf8).write(to: URL(filePath: "\(path)/.env"))
      let line = try await scene.agent.line(with: "pipeline swapped", from: count)
      #expect(line.contains("pipeline=renamed") && line.contains("kept=4"))
    }
  }

  @Test func `SIGHUP loads the pipeline once, also without --watch, and systemd is told`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline(), to: "p.yaml")
    let receiver = try NotifyReceiver(path: "\(folder.path)/s")
    try await run(file, environment: ["NOTIFY_SOCKET": "\(folder.path)/s"]) { scene in
      _ = try await receiver.next(with: "READY=1")
      try Data(Self.pipeline(extra: Self.refusing).utf8).write(to: URL(filePath: file))
      try scene.agent.send(.terminalClosed)
      let reloading = try await receiver.next(with: "RELOADING=1")
      #expect(reloading.contains { $0.wholeMatch(of: /MONOTONIC_USEC=[1-9]\d*/) != nil })
      let line = try await scene.agent.line(with: "pipeline swapped")
      #expect(line.contains("cause=SIGHUP") && line.contains("kept=3"))
      _ = try await receiver.next(with: "READY=1")
      // A broken file is the old pipeline's turn again, and systemd is told that the reload is over.
      try Data("pipeline: [".utf8).write(to: URL(filePath: file))
      try scene.agent.send(.terminalClosed)
      _ = try await receiver.next(with: "RELOADING=1")
      try await scene.agent.line(with: "pipeline not swapped")
      _ = try await receiver.next(with: "READY=1")
      #expect(try await scene.get("/").hasSuffix("backend 1"))
    }
  }

  @Test func `exchanges are recorded, and read back`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline(), to: "p.yaml")
    let records = "\(folder.path)/records"
    try await run(file, ["--record", records, "--record-limit", "3", "--record-body-limit", "8"]) { scene in
      try await scene.agent.line(with: "exchanges are recorded")
      #expect(try await scene.get("/first").hasSuffix("backend 1"))
      #expect(
        try await scene.send(
          "POST /call/demo/x HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nConnection: close\r\n\r\nHello, world"
        ).hasPrefix("HTTP/1.1 200"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 200"))
      #expect(try await scene.get("/limited").hasPrefix("HTTP/1.1 429"))
      let metrics = try await PlainCall.get(scene.operations, "/metrics")
      #expect(metrics.contains("telephone_recordings_total{outcome=\"dropped\"} 0\n"))
    }
    // The program has written all of them before it ended, and kept the last three.
    let files = try Self.recordings(in: records)
    let outcomes = files.map { $0["outcome"] as? [String: Any] }
    #expect(outcomes.map { $0?["kind"] as? String } == ["delivered", "delivered", "refused"])
    #expect(outcomes.last??["code"] as? String == "rate-limited")
    let requests = files.map { $0["request"] as? [String: Any] }
    #expect(requests.map { $0?["target"] as? String } == ["/x", "/limited", "/limited"])
    #expect(requests.first??["body"] as? String == "Hello, w" && requests.first??["body-octets"] as? Int == 12)
    let responses = files.map { $0["response"] as? [String: Any] }
    #expect(responses.map { $0?["status"] as? Int } == [200, 200, 429])
    #expect(responses.first??["body"] as? String == "backend ")
  }

  /// In the order of their names.
  private static func recordings(in folder: String) throws -> [[String: Any]] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
      let text = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
      return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    }
  }

  @Test func `secrets are hidden in recordings`() async throws {
    let folder = try TemporaryFolder()
    let records = "\(folder.path)/records"
    let file = try folder.write(
      """
      pipeline: guarded
      variables: { API_KEY: { secret: true } }
      stages:
        - stage: verify-jwt
          with: { algorithms: [HS256], secret: "${API_KEY}", from: "query:token" }
        - stage: forward
          with: { to: "http://127.0.0.1:${BACKEND_PORT}" }
        - emit-chunks

      """, to: "p.yaml")
    try await run(file, ["--record", records], environment: ["API_KEY": Self.secret]) { scene in
      let body = "key=\(Self.secret)&token=abc.def.ghi"
      let answer = try await scene.send(
        "POST /call/demo/x?token=abc.def.ghi&b=1 HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Basic abc\r\n"
          + "X-Key: \(Self.secret)\r\nContent-Type: application/x-www-form-urlencoded\r\n"
          + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
      #expect(answer.hasPrefix("HTTP/1.1 401"))
    }
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: records).first)
    let text = try String(contentsOfFile: "\(records)/\(name)", encoding: .utf8)
    let recorded = try #require(try Self.recordings(in: records).first)
    let request = try #require(recorded["request"] as? [String: Any])
    #expect(recorded["telephone"] as? String == "exchange/1" && recorded["pipeline"] as? String == "guarded")
    #expect(request["method"] as? String == "POST" && request["target"] as? String == "/x?token=‹secret›&b=1")
    let fields = try #require(request["fields"] as? [[String]])
    #expect(fields.contains(["Authorization", "‹secret›"]) && fields.contains(["X-Key", "‹secret›"]))
    #expect((recorded["outcome"] as? [String: Any])?["decided-by"] as? String == "verify-jwt")
    for hidden in [Self.secret, "abc.def", "Basic"] { #expect(!text.contains(hidden)) }
  }

  @Test(arguments: [
    (["--record-limit", "5"], "--record-limit needs --record DIR."),
    (["--record-body-limit", "1KiB"], "--record-body-limit needs --record DIR."),
    (["--record", "FOLDER", "--record-limit", "0"], "--record-limit must be from 1 to 100000, not 0."),
    (["--record", "FOLDER", "--record-limit", "100001"], "--record-limit must be from 1 to 100000, not 100001."),
    (["--record", "FOLDER", "--record-limit", "many"], "is invalid for '--record-limit"),
    (["--record", "FOLDER", "--record-body-limit", "17MiB"], "from 0 to 16MiB, not '17MiB'."),
    (["--record", "FOLDER", "--record-body-limit", "-1"], "--record-body-limit"),
    (["--record", "FOLDER", "--record-body-limit", "much"], "from 0 to 16MiB, not 'much'."),
    (["--record", "FOLDER/none/deep"], "none/deep cannot be made: No such file or directory."),
    (["--record", "/dev/null"], "--record: /dev/null "),
  ])
  func `flags that make no sense are told before anything is dialed`(
    _ flags: [String], _ told: String
  ) async throws {
    let folder = try TemporaryFolder()
    let token = try await Program.token()
    let arguments = ["run"] + flags.map { $0.replacing("FOLDER", with: folder.path) }
    let result = try await Program(environment: [
      "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret,
    ]).run(arguments: arguments)
    #expect(result.code == 64, "\(result)")
    #expect(result.errors.contains(told), "\(result)")
  }

  private static let secret = "a-key-of-the-api-that-nobody-may-see-1"

  static let publicKey = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
    q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
    -----END PUBLIC KEY-----

    """
}
