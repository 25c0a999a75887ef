import Synchronization
import TestSupport
import Testing

@Suite("telephone dry-run: sockets")
struct DryRunSocketTests {
  /// All that would connect: a backend, and the keys behind a URL.
  private static let pipeline = """
    pipeline: connecting
    variables: { KEYS: {}, BACKEND: {} }
    stages:
      - stage: verify-jwt
        when: { path: /api/** }
        with: { algorithms: [RS256], jwks: "${KEYS}" }
      - stage: forward
        with: { to: "${BACKEND}" }
      - emit-chunks

    """

  private static let requests = [
    "--curl", "curl http://x/a", "--curl", "curl http://x/api/b -H 'Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA'",
  ]

  @Test(.enabled(if: SocketTrap.isThere))
  func `a dry-run asks the kernel for no socket at all, in any format, unless the backend is to be live`() async throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline, to: "p.yaml")
    let environment = ["KEYS": "http://127.0.0.1:9/keys", "BACKEND": "http://127.0.0.1:9"]
    let trapped = Program(environment: environment, launcher: SocketTrap.launcher)
    for flags in [[], ["--format", "json"], ["--format", "html"], ["--compare", file], ["--advance", "1h"]] {
      let result = try await trapped.run(arguments: ["dry-run", file] + Self.requests + flags)
      #expect(result.code == 0, "\(flags): \(result.output)\(result.errors)")
    }
    let live = try await trapped.run(arguments: ["dry-run", file, "--backend", "live"])
    #expect(live.code == nil, "the trap must spring where there is a socket: \(live.output)\(live.errors)")
  }

  @Test func `neither the backend nor the key set sees a connection, and both do when it is live`() async throws {
    let connections = Mutex(0)
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline, to: "p.yaml")
    try await RawServer.with(
      { connection in
        connections.withLock { $0 += 1 }
        _ = try? await connection.read(until: "\r\n\r\n")
        try? await connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await connection.waitForEnd()
      },
      { server in
        let origin = "http://127.0.0.1:\(server.port)"
        let program = Program(environment: ["KEYS": "\(origin)/keys", "BACKEND": origin])
        let stubbed = try await program.run(arguments: ["dry-run", file] + Self.requests)
        #expect(stubbed.code == 0)
        #expect(connections.withLock { $0 } == 0)
        let live = try await program.run(arguments: ["dry-run", file, "--backend", "live"] + Self.requests)
        #expect(live.code == 0)
        #expect(connections.withLock { $0 } >= 2)
      })
  }

  @Test func `the keys of a URL come from a file`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      Self.pipeline.replacing("[RS256]", with: "[ES256]").replacing(
        "jwks: \"${KEYS}\"", with: "jwks: \"https://keys.example/set\""),
      to: "p.yaml")
    let keys = try folder.write(
      #"{"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "k", "x": "xom-CFdcIuRRmrw1aE2vJQYUei9_pmiFShwSLI_UDgM", "y": "Sbq3aC9wFNIu2zG00Aj47tRbXM-w0_NzKExJRPwD8Gs"}]}"#,
      to: "keys.json")
    // Signed by that key, whose private half nobody has kept: {"exp":1767225600,"sub":"ann"}
    let token =
      "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.eyJleHAiOjE3NjcyMjU2MDAsInN1YiI6ImFubiJ9."
      + "3fsSAhKrs9s8w-UjNsVqad8QmQHYqmBbbdKF9hi9kPvuTjw_jpoyquzQRq_vc0hBiZ6vdM_1TPri0-btyMTFVw"
    let arguments = [
      "dry-run", file, "--target", "/api/x", "--at", "2025-12-31", "-H", "Authorization: Bearer \(token)",
    ]
    let program = Program(environment: ["KEYS": "x", "BACKEND": "http://127.0.0.1:9"])
    let without = try await program.run(arguments: arguments)
    #expect(without.output.contains("HTTP 503"), "\(without.output)")
    let with = try await program.run(arguments: arguments + ["--jwks", "https://keys.example/set=\(keys)"])
    #expect(with.output.contains("delivered, decided by forward"), "\(with.output)\(with.errors)")
  }
}
