import Testing

@Suite("telephone dry-run: stubs and time")
struct DryRunStubTests {
  @Test func `status, fields, body and pieces of the stub`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun(
      "--stub-status", "503", "--stub-field", "Retry-After: 7", "--stub-field", "content-type: text/x", "--stub-body",
      "abcdef", "--stub-chunks", "4")
    for mark in ["HTTP 503", "Retry-After: 7", "content-type: text/x", "chunk 2 of 2, 2 octets"] {
      #expect(result.output.contains(mark), "'\(mark)' is missing in:\n\(result.output)")
    }
    let file = try api.folder.write("from a file", to: "body")
    #expect(try await api.dryRun("--stub-body-file", file).output.contains("from a file"))
  }

  @Test func `what a stub waits for costs no time`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun("--stub-delay", "23h", "--stub-chunks", "1", "--stub-pause", "10m")
    // That there is a result at all shows it.
    #expect(result.output.contains("on its clock"))
  }

  @Test func `a backend that breaks, before its head and in its body`() async throws {
    let api = try PublicAPI()
    let head = try await api.dryRun("--stub-fail-at", "head")
    #expect(head.output.contains("HTTP 502"))
    #expect(head.output.contains("failed (backend-closed), decided by forward"))
    let body = try await api.dryRun("--stub-body", "abcdef", "--stub-fail-at", "3")
    #expect(body.output.contains("chunk 1 of 1, 3 octets"))
    #expect(body.output.contains("The answer was cut off"))
  }

  @Test func `a file of stubs answers route by route`() async throws {
    let api = try PublicAPI()
    let stub = try api.folder.write(
      """
      routes:
        - when: { path: /down }
          status: 500
      default: { status: 204 }
      """, to: "stub.yaml")
    let result = try await api.dryRun("--stub", stub, "--curl", "curl http://x/down http://x/up")
    #expect(result.output.contains("/down   500"))
    #expect(result.output.contains("/up     204"))
    let wrong = try api.folder.write("routs: []\n", to: "wrong.yaml")
    let problem = try await api.dryRun("--stub", wrong)
    #expect(problem.code == 64)
    #expect(problem.errors.contains("wrong.yaml:1:1: error:"))
  }

  @Test func `rates are tried with a clock that is moved by hand`() async throws {
    let api = try PublicAPI()
    let still = try await api.dryRun("--target", "/limited", "--repeat", "4")
    #expect(Self.statuses(still.output) == ["200", "200", "429", "429"])
    let moved = try await api.dryRun("--target", "/limited", "--repeat", "4", "--advance", "1s")
    #expect(Self.statuses(moved.output) == ["200", "200", "200", "200"])
    #expect(moved.output.contains("+3s"))
  }

  @Test func `a token expires at its date`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(PublicAPI.text, to: "p.yaml")
    // HS256 over {"aud":"billing","exp":1767225600,"sub":"ann"} with the example of the file.
    let token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJiaWxsaW5nIiwiZXhwIjoxNzY3MjI1NjAwLCJzdWIiOiJhbm4ifQ.FY9uLBr4HhYw5iQu3OPqWgaP78FV126s3hEaiNj1x2k"
    let before = try await Program().run(
      "dry-run", file, "--target", "/api/x", "-H", "Authorization: Bearer \(token)", "--at", "2025-12-31T23:00:00Z",
      "--repeat", "2", "--advance", "2h")
    #expect(Self.statuses(before.output) == ["200", "401"], "\(before.output)\(before.errors)")
  }

  /// The statuses in a table.
  private static func statuses(_ table: String) -> [String] {
    table.split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      return cells.first { $0.count == 3 && Int($0) != nil } ?? "none"
    }
  }
}
