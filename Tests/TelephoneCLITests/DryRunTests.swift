import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite("telephone dry-run")
struct DryRunTests {
  @Test func `each stage is shown in order with its place, its decision and its changes`() async throws {
    let result = try await Program().run("dry-run", "pipelines/demo.yaml", "--target", "/api/../hello?x=%20y")
    #expect(result.code == 0)
    let order = [
      "limit-headers", "limit-body", "normalize-path", "target: /api/../hello?x=%20y -> /hello?x=%20y", "verify-jwt",
      "few-per-minute", "forward", "emit-chunks", "HTTP 200 OK", "chunk 1 of 1", "This is the stub",
      "delivered, decided by forward",
    ]
    var rest = result.output[...]
    for mark in order {
      let found = rest.firstRange(of: mark)
      #expect(found != nil, "'\(mark)' is missing or out of order in:\n\(result.output)")
      if let found { rest = rest[found.upperBound...] }
    }
    #expect(result.output.contains("pipelines/demo.yaml:14"))
    #expect(result.output.contains("skipped, its condition is: path /api/**"))
  }

  @Test func `a refusal is shown with its code, and who decided`() async throws {
    let result = try await Program().run("dry-run", "pipelines/demo.yaml", "--target", "/api/v1")
    #expect(result.code == 0)
    #expect(result.output.contains("HTTP 401 Unauthorized"))
    #expect(result.output.contains("decided by verify-jwt"))
  }

  @Test func `a credential is never shown`() async throws {
    let result = try await Program().run(
      "dry-run", "pipelines/demo.yaml", "--target", "/api/v1", "-H", "Authorization: Bearer very-secret-token")
    #expect(result.code == 0)
    #expect(!(result.output + result.errors).contains("very-secret-token"))
  }

  @Test func `neither a token in the query nor a secret in a condition is shown, from the first line on`() async throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: hidden
      variables: { WHERE: { secret: true } }
      stages:
        - stage: limit-body
          when: { path: "/${WHERE}" }
        - normalize-path
        - stage: verify-jwt
          with: { algorithms: [HS256], secret: a-secret-of-thirty-two-octets-and-more, from: "query:tok" }
        - stage: forward
          with: { to: "http://127.0.0.1:1" }
        - emit-chunks
      """, to: "hidden.yaml")
    let result = try await Program(environment: ["WHERE": "TOPSECRETPLACE"])
      .run("dry-run", file, "--target", "/a/../b?tok=abc.def.ghi")
    #expect(result.output.contains("tok=‹secret› -> /b?tok=‹secret›"))
    #expect(!(result.output + result.errors).contains("abc.def.ghi"))
    #expect(result.output.contains("its condition is: path /‹secret›"))
    #expect(!(result.output + result.errors).contains("TOPSECRETPLACE"))
  }

  @Test func `no socket is opened unless the backend is to be live`() async throws {
    let connections = Mutex(0)
    try await RawServer.with(
      { connection in
        connections.withLock { $0 += 1 }
        _ = try? await connection.read(until: "\r\n\r\n")
        try? await connection.write("HTTP/1.1 203 Fine\r\nContent-Length: 4\r\n\r\nlive")
        await connection.waitForEnd()
      },
      { server in
        let program = Program(environment: ["BACKEND_URL": "http://127.0.0.1:\(server.port)"])
        let stubbed = try await program.run("dry-run", "pipelines/demo.yaml")
        #expect(stubbed.output.contains("This is the stub"))
        #expect(connections.withLock { $0 } == 0)

        let live = try await program.run("dry-run", "pipelines/demo.yaml", "--backend", "live")
        #expect(live.output.contains("HTTP 203"))
        #expect(live.output.contains("live"))
        #expect(connections.withLock { $0 } == 1)
      })
  }

  @Test func `a body of any octets comes from standard input and is counted`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: small
      stages:
        - stage: limit-body
          with: { max: 4B }
        - stage: forward
          with: { to: "http://127.0.0.1:1" }
        - emit-chunks
      """, to: "small.yaml")
    let fits = try await Program().run("dry-run", file, "--body", "-", input: [0, 255, 1, 254])
    #expect(fits.output.contains("HTTP 200"))
    let over = try await Program().run("dry-run", file, "--body", "-", input: [0, 255, 1, 254, 2])
    #expect(over.output.contains("HTTP 413"))
  }

  @Test(arguments: [
    ["--method", "GE T"], ["-H", "no colon"], ["-H", "na me: x"], ["--body", "no-such-file"], ["--stub-status", "99"],
    ["--backend", "dead"],
  ])
  func `a flag that makes no request is wrong usage`(flags: [String]) async throws {
    let result = try await Program().run("dry-run", "pipelines/demo.yaml", flags[0], flags[1])
    #expect(result.code == 64)
    #expect(!result.errors.isEmpty)
  }
}
