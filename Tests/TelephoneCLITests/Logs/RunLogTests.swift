import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import TelephoneCLI

/// What a running agent shows of its exchanges: the real program, a real switchboard, a backend of the test.
@Suite("telephone run, and what is seen of it", .timeLimit(.minutes(2)))
struct RunLogTests {
  private static let traceID = "0af7651916cd43dd8448eb211c80319c"
  private static let traceparent = "00-\(traceID)-b7ad6b7169203331-01"

  struct Scene: Sendable {
    var agent: RunningProgram
    /// Of the switchboard.
    var port: Int
    /// Of the operations server.
    var operations: Int
    /// The heads of the requests that the backend got.
    var heads: Reports<String>

    /// One call through the switchboard.
    func call(_ target: String, _ fields: String = "") async throws -> String {
      let client = try await RawClient.connect(port: port)
      try await client.write(
        "GET /call/demo\(target) HTTP/1.1\r\nHost: here\r\n\(fields)Connection: close\r\n\r\n")
      return await client.readAllText()
    }
  }

  /// - Returns: what the agent has printed, and its exit code.
  private func run(
    _ arguments: [String], _ body: @escaping @Sendable (Scene) async throws -> Void
  ) async throws -> (lines: [String], code: Int32?) {
    let heads = Reports<String>()
    return try await RawServer.with(
      { connection in
        while let head = try? await connection.read(until: "\r\n\r\n") {
          heads.send(head)
          try? await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlisted")
        }
      },
      { backend in
        let (port, operations) = (try await RawClient.freePort(), try await RawClient.freePort())
        let secret = ["TOKEN_SECRET": Program.secret]
        let token = try await Program.token()
        let telephone = Program(
          environment: secret.merging([
            "TELEPHONE_TOKEN": token, "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
            "BACKEND_HOST": "127.0.0.1", "BACKEND_PORT": "\(backend.port)",
          ]) { $1 })
        let result = Reports<(lines: [String], code: Int32?)>()
        _ = try await Program(environment: secret).run(["switchboard", "--listen", "127.0.0.1:\(port)"]) { gateway in
          try await gateway.line(with: "Listening on")
          let printed = Reports<[String]>()
          let code = try await telephone.run(["run", "--ops", "127.0.0.1:\(operations)"] + arguments) { agent in
            try await gateway.line(with: "telephone joined")
            try await body(Scene(agent: agent, port: port, operations: operations, heads: heads))
            try agent.send(.terminate)
            printed.send(await agent.all)
          }
          result.send((await printed.next() ?? [], code))
          try gateway.send(.terminate)
        }
        return try #require(await result.next())
      })
  }

  @Test func `each line is JSON, and an exchange has one with the trace id of its traceparent`() async throws {
    let (lines, code) = try await run(["--log-format", "json"]) { scene in
      let answer = try await scene.call("/a%20b?token=SECRETT", "traceparent: \(Self.traceparent)\r\n")
      #expect(answer.hasSuffix("listed"))
      let head = try #require(await scene.heads.next())
      #expect(head.lowercased().contains("\r\ntraceparent: \(Self.traceparent)\r\n"))
      #expect(try await scene.call("/made").hasSuffix("listed"))
      try await scene.agent.line(with: "\"path\":\"/made\"")
    }
    #expect(code == 0)
    var accesses: [[String: Any]] = []
    for line in lines {
      let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
      let members = try #require(object as? [String: Any], "\(line)")
      for name in ["ts", "level", "label", "message"] { #expect(members[name] is String, "\(line)") }
      if members["message"] as? String == "exchange" { accesses.append(members) }
    }
    #expect(!lines.contains { $0.contains("SECRETT") })
    try #require(accesses.count == 2)
    let access = accesses[0]
    #expect(access["trace_id"] as? String == Self.traceID)
    #expect(access["method"] as? String == "GET")
    #expect(access["path"] as? String == "/a%20b")
    #expect(access["status"] as? Int == 200)
    #expect(access["octets_out"] as? Int == 6)
    #expect(access["outcome"] as? String == "delivered")
    #expect(access["decided_by"] as? String == "forward")
    #expect(access["protocol"] as? Int == 2)
    #expect(access["ms"] is Double || access["ms"] is Int)
    #expect(access["backend_ms"] is Double || access["backend_ms"] is Int)
    // One is made where none came.
    let made = try #require(accesses[1]["trace_id"] as? String)
    #expect(made.count == 32 && made != Self.traceID && made.allSatisfy(\.isHexDigit))
  }

  @Test func `lines for people have no colour in a pipe, and an access line too`() async throws {
    let (lines, code) = try await run([]) { scene in
      #expect(try await scene.call("/").hasSuffix("listed"))
      try await scene.agent.line(with: ": exchange ")
    }
    #expect(code == 0)
    #expect(!lines.contains { $0.contains("\u{1B}") })
    let access = try #require(lines.first { $0.contains(": exchange ") })
    for part in [" info    telephone: exchange id=", " method=GET path=/ status=200 octets_in=0 octets_out=6 ms="] {
      #expect(access.contains(part), "\(access)")
    }
  }

  @Test(arguments: [["--access-log", "off"], ["--log-level", "warning"]])
  func `access lines can be left out`(_ arguments: [String]) async throws {
    let (lines, code) = try await run(arguments) { scene in
      let answer = try await scene.call("/")
      #expect(answer.hasSuffix("listed"))
    }
    #expect(code == 0)
    #expect(!lines.contains { $0.contains(": exchange ") })
  }

  @Test func `wrong values are wrong usage`() async throws {
    for arguments in [
      ["--log-format", "xml"], ["--access-log", "maybe"], ["--log-level", "loud"], ["--ops", "8081"],
    ] {
      #expect(try await Program().run(arguments: ["run"] + arguments).code == 64)
    }
  }

  @Test(arguments: [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)] as [([String: String], Bool)])
  func `on a terminal there is colour, unless it is not wanted`(
    _ environment: [String: String], _ hasColor: Bool
  ) async throws {
    let terminal = try FakeTerminal()
    let token = try await Program.token()
    let program = Program(
      environment: [
        "TELEPHONE_TOKEN": token, "TOKEN_SECRET": Program.secret, "MAX_RETRIES": "0",
        "PLUGBOARD_URL": "ws://127.0.0.1:\(try RawClient.closedPort())/telephone/websocket", "TERM": "xterm",
      ].merging(environment) { $1 })
    async let text = terminal.readAll()
    let code = try await program.run(["run"], errors: terminal.inner)
    #expect(code == 75)
    let shown = await text
    #expect(shown.contains("no line to the gateway"))
    #expect(shown.contains("\u{1B}[") == hasColor)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "of the package prometheus"))
  func `promtool finds no fault in the metrics of an agent that has served`() async throws {
    let (_, code) = try await run([]) { scene in
      #expect(try await scene.call("/a").hasSuffix("listed"))
      #expect(try await scene.call("/%2e%2e/%2e%2e/x").contains("400"))
      let page = try await PlainCall.get(scene.operations, "/metrics")
      let text = String(page[(try #require(page.range(of: "\r\n\r\n"))).upperBound...])
      #expect(
        text.contains(#"telephone_exchanges_total{outcome="delivered",status_class="2xx",decided_by="forward"} 1"#))
      #expect(
        text.contains(#"telephone_exchanges_total{outcome="refused",status_class="4xx",decided_by="normalize-path"} 1"#)
      )
      let result = try await Subprocess.run(
        .name("promtool"), arguments: ["check", "metrics"], input: .string(text), output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20))
      #expect(result.terminationStatus.isSuccess)
      #expect(result.standardOutput + result.standardError == "")
    }
    #expect(code == 0)
  }

  @Test func `whoever opens many connections to the pages takes no file descriptors of the lines`() async throws {
    let (_, code) = try await run([]) { scene in
      let first = try await RawClient.connect(port: scene.operations)
      let before = try await openFiles(first)
      var connections: [RawConnection] = []
      for _ in 0..<300 { connections.append(try await RawClient.connect(port: scene.operations)) }
      for _ in 0..<5 { #expect(try await openFiles(first) <= before + 64) }
      #expect(try await scene.call("/").hasSuffix("listed"))
      // Those that wait are served when others have gone.
      for connection in connections.dropLast() { await connection.close() }
      #expect(try await openFiles(connections[299]) > 0)
      await connections[299].close()
      await first.close()
    }
    #expect(code == 0)
  }

  /// What an agent tells of its own open files, by a connection that stays.
  private func openFiles(_ connection: RawConnection) async throws -> Int {
    try await connection.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = try await connection.read(until: "\nprocess_open_fds ")
    return Int(try await connection.read(until: "\n").dropLast()) ?? 0
  }
}

/// A terminal of two ends: a program writes to the inner one.
struct FakeTerminal {
  let inner: FileDescriptor
  private let outer: FileDescriptor

  /// See pts(4) and ioctl_tty(2).
  init() throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (locked, number) = (CInt(0), CInt(0))
    guard master >= 0, ioctl(master, UInt(0x4004_5431), &locked) == 0, ioctl(master, UInt(0x8004_5430), &number) == 0
    else { throw Errno(rawValue: errno) }
    outer = FileDescriptor(rawValue: master)
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw Errno(rawValue: errno) }
    inner = FileDescriptor(rawValue: slave)
  }

  /// Reads until nobody has the inner end open any more.
  func readAll() async -> String {
    await withCheckedContinuation { continuation in
      let outer = outer
      Thread {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        // At the end a read fails with EIO.
        while let count = try? buffer.withUnsafeMutableBytes({ try outer.read(into: $0) }), count > 0 {
          text += buffer.prefix(count)
        }
        try? outer.close()
        continuation.resume(returning: String(decoding: text, as: UTF8.self))
      }.start()
    }
  }
}
