import Testing

@Suite("telephone dry-run --compare")
struct DryRunCompareTests {
  @Test func `the same file has no difference and ends with 0`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun(
      "--compare", api.file, "--curl", "curl http://x/", "--curl", "curl http://x/api/a")
    #expect(result.code == 0)
    #expect(result.output.contains("2 requests: no difference"))
  }

  @Test func `another decision is shown, and ends with 1`() async throws {
    let api = try PublicAPI()
    let other = try api.folder.write(
      PublicAPI.text.replacing("path: /api/**", with: "path: /admin/**"), to: "other.yaml")
    let result = try await api.dryRun("--compare", other, "--curl", "curl http://x/", "--curl", "curl http://x/api/a")
    #expect(result.code == 1)
    #expect(!result.output.contains("GET / "), "what is the same is not shown")
    for mark in [
      "2 GET /api/a: decided otherwise", "- refused", "+ delivered", "- 401", "+ 200", "- verify-jwt", "+ forward",
      "- not called", "+ called by forward", "2 requests: 1 differs, 1 in the decision",
    ] { #expect(result.output.contains(mark), "'\(mark)' is missing in:\n\(result.output)") }
  }

  @Test func `a difference is found also where both sides hide it`() async throws {
    let folder = try TemporaryFolder()
    func pipeline(_ status: Int, _ body: String) -> String {
      "pipeline: p\nvariables: { KEY: { secret: true, example: \(body) } }\nstages:\n"
        + "  - { stage: respond, with: { status: \(status), fields: { X-Key: \"${KEY}\" }, body: \"${KEY}\" } }\n"
        + "  - { stage: forward, with: { to: 'http://127.0.0.1:1' } }\n  - emit-chunks\n"
    }
    let file = try folder.write(pipeline(200, "one-key-of-many"), to: "a.yaml")
    let other = try folder.write(pipeline(200, "two-key-of-many"), to: "b.yaml")
    let result = try await Program().run("dry-run", file, "--compare", other)
    #expect(result.code == 0 && result.output.contains("1 request: 1 differs, 0 in the decision"), "\(result)")
    for mark in ["field X-Key", "body"] { #expect(result.output.contains("    \(mark)\n"), "\(result.output)") }
    #expect(!result.output.contains("key-of-many"))
  }

  @Test func `what is no decision is shown, and ends with 0`() async throws {
    let api = try PublicAPI()
    let other = try api.folder.write(
      PublicAPI.text.replacing("  - normalize-path\n", with: ""), to: "other.yaml")
    let result = try await api.dryRun("--compare", other, "--target", "/a/../b", "--format", "json")
    #expect(result.code == 0)
    #expect(result.output.contains("\"subject\" : \"backend target\""))
    #expect(result.output.contains("\"differs-in-decision\" : false"))
  }

  @Test func `problems of the other file end with 1 before anything is sent`() async throws {
    let api = try PublicAPI()
    let other = try api.folder.write("pipeline: x\nstages: []\n", to: "other.yaml")
    let result = try await api.dryRun("--compare", other)
    #expect(result.code == 1)
    #expect(result.errors.contains("other.yaml"))
    #expect(result.output.isEmpty)
  }
}
