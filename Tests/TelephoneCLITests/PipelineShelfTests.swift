import Foundation
import Testing

@Suite("the pipelines on the shelf")
struct PipelineShelfTests {
  static let names = [
    "default", "demo", "event-stream", "internal-admin", "maintenance", "public-api", "webhooks",
  ]

  @Test func `all are good, all tests pass, and nothing of them is left out`() async throws {
    let result = try await Program().run("test", "pipelines", "--coverage", "--fail-under", "100")
    #expect(result.code == 0, "\(result.output)")
    for name in Self.names {
      #expect(result.output.contains(try Regex("(?m)^pipelines/\(name)\\.yaml: [0-9]+ passed$")))
      #expect(result.output.contains(try Regex("(?m)^coverage of pipelines/\(name)\\.yaml: .*, 100 %$")))
    }
    #expect(result.output.contains("coverage in all: "))
  }

  @Test func `each tells editors its schema, and stands in the table of the documentation`() throws {
    let page = try String(contentsOfFile: "\(Program.root)/docs/pipelines.md", encoding: .utf8)
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(Program.root)/pipelines")
      .filter { $0.hasSuffix(".yaml") }.sorted()
    #expect(files == Self.names.map { "\($0).yaml" })
    for file in files {
      let text = try String(contentsOfFile: "\(Program.root)/pipelines/\(file)", encoding: .utf8)
      #expect(text.hasPrefix("# yaml-language-server: $schema=../docs/pipeline.schema.json\n"), "\(file)")
      #expect(page.contains("| [`\(file)`](../pipelines/\(file)) |"), "\(file)")
    }
  }

  /// What verifies clients is not what seals the agent's tokens, and both come from one environment.
  @Test func `none takes a secret of the agent for one of its own`() throws {
    for name in Self.names {
      let text = try String(contentsOfFile: "\(Program.root)/pipelines/\(name).yaml", encoding: .utf8)
      for secret in ["SECRET_KEY_BASE", "TOKEN_SECRET", "TELEPHONE_TOKEN"] {
        #expect(!text.contains(secret), "\(name)")
      }
    }
  }

  @Test func `a path that is written in another way does not lead around the token`() async throws {
    let result = try await Program().run(
      "dry-run", "pipelines/public-api.yaml", "--target", "/api/v1/%2e%2e/users", "-H", "Authorization: Bearer x")
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("target: /api/v1/%2e%2e/users -> /api/users"))
    #expect(result.output.contains("HTTP 401 Unauthorized"))
    #expect(result.output.contains("decided by verify-jwt"))
    #expect(!result.output.contains("Bearer x"))
  }
}
