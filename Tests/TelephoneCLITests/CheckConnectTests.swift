import Foundation
import Subprocess
import TestSupport
import Testing

@Suite("telephone check --connect", .timeLimit(.minutes(2)))
struct CheckConnectTests {
  /// A server of keys, at `/jwks.json` only.
  private func withKeys(_ body: (Int) async throws -> Void) async throws {
    let key =
      #"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#
      + #""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}]}"#
    try await RawServer.with(
      { connection in
        while let head = try? await connection.read(until: "\r\n\r\n") {
          let isFound = "\(head)".contains("/jwks.json")
          try? await connection.write(
            isFound
              ? "HTTP/1.1 200 OK\r\nContent-Length: \(key.utf8.count)\r\n\r\n\(key)"
              : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        }
      }, { try await body($0.port) })
  }

  private func pipeline(keys: String, to: String) -> String {
    """
    pipeline: p
    stages:
      - stage: verify-jwt
        with: { algorithms: [ES256], jwks: "\(keys)" }
      - stage: forward
        with: { to: "\(to)" }
      - emit-chunks
    """
  }

  @Test func `keys are fetched and backends connected to`() async throws {
    let folder = try TemporaryFolder()
    try await withKeys { port in
      let origin = "http://127.0.0.1:\(port)"
      let file = try folder.write(pipeline(keys: "\(origin)/jwks.json", to: origin), to: "p.yaml")
      let result = try await Program().run("check", file, "--connect")
      #expect(result.code == 0, "\(result)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.first == "\(file): ok, 3 stages")
      #expect(lines.contains { $0.hasPrefix("  ok") && $0.hasSuffix("built, its keys are there") })
      #expect(lines.contains { $0.hasPrefix("  ok       forward      \(origin) ") })
      #expect(lines.contains("  ok       emit-chunks  built"))
    }
  }

  @Test func `what is not reached is told at the option that names it`() async throws {
    let folder = try TemporaryFolder()
    try await withKeys { port in
      let closed = try RawClient.closedPort()
      let file = try folder.write(
        pipeline(keys: "http://127.0.0.1:\(port)/gone.json", to: "http://127.0.0.1:\(closed)"), to: "p.yaml")
      #expect(try await Program().run("check", file).code == 0)
      let result = try await Program().run("check", file, "--connect")
      #expect(result.code == 1)
      #expect(result.output.contains("\(file):4:40: error: 'verify-jwt': no keys: "), "\(result.output)")
      #expect(result.output.contains("status 404"))
      #expect(result.output.contains("\(file):6:17: error: 'forward': http://127.0.0.1:\(closed) refused"))
      #expect(result.output.contains("  FAIL     forward      http://127.0.0.1:\(closed) refused"))
      #expect(result.output.contains("\(file): 2 errors"))
    }
  }

  @Test func `a key file that is missing is told once, and what needs it not is tried all the same`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(pipeline(keys: "no-such-file.json", to: "http://127.0.0.1:1"), to: "p.yaml")
    let result = try await Program().run("check", file, "--connect", "--format", "json")
    #expect(result.code == 1)
    let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let diagnostics = try #require(report["diagnostics"] as? [[String: Any]])
    #expect(diagnostics.map { $0["rule"] as? String } == ["pipeline", "connection"])
    let steps = try #require((report["files"] as? [[String: Any]])?.first?["steps"] as? [[String: Any]])
    #expect(steps.map { $0["verdict"] as? String } == ["FAIL", "FAIL", "ok"])
  }

  @Test func `without it the notes say what was not tried`() async throws {
    let result = try await Program().run("check", "pipelines/default.yaml", "--notes")
    #expect(result.output.hasSuffix("not tried: backends, key URLs (--connect)\n"))
  }

  @Test func `a backend that never answers has five seconds, and Ctrl-C ends it at once`() async throws {
    let folder = try TemporaryFolder()
    let (connections, connected) = AsyncStream.makeStream(of: Void.self)
    try await RawServer.with(
      { connection in
        connected.yield()
        _ = try? await connection.read(until: "never")
      },
      { server in
        let file = try folder.write(
          """
          pipeline: p
          stages:
            - { stage: forward, with: { to: "https://127.0.0.1:\(server.port)" } }
            - emit-chunks
          """, to: "p.yaml")
        let late = try await Program().run("check", file, "--connect")
        #expect(late.code == 1)
        #expect(late.output.contains("no answer within 5s"), "\(late)")
        let code = try await Program().run(["check", file, "--connect"]) { program in
          // The first connection was that of the run before.
          for await _ in connections.dropFirst() { break }
          try program.send(.interrupt)
        }
        #expect(code == 130)
      })
  }
}
