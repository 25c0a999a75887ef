import Foundation
import Testing

@Suite("telephone stages, and what every command does")
struct ShelfTests {
  @Test func `all stages are listed by track`() async throws {
    let result = try await Program().run("stages")
    #expect(result.code == 0)
    for name in [
      "limit-headers", "limit-body", "normalize-path", "verify-jwt", "rate-limit", "respond", "forward", "emit-chunks",
    ] {
      #expect(result.output.contains("  \(name) "))
    }
  }

  @Test func `one stage is shown with its options, ranges, defaults and answers`() async throws {
    let result = try await Program().run("stages", "limit-headers")
    #expect(result.code == 0)
    #expect(result.output.contains("max-count"))
    #expect(result.output.contains("default 100"))
    #expect(result.output.contains("431"))
  }

  @Test func `an unknown stage is answered with the nearest name`() async throws {
    let result = try await Program().run("stages", "verify-jtw")
    #expect(result.code == 64)
    #expect(result.errors.contains("verify-jwt"))
  }

  @Test(arguments: [
    [], ["run"], ["init"], ["new-stage"], ["check"], ["graph"], ["test"], ["dry-run"], ["stages"], ["schema"],
    ["switchboard"], ["token", "issue"], ["doctor"], ["demo"],
  ])
  func `help has examples and ends with 0`(command: [String]) async throws {
    let result = try await Program().run(arguments: command + ["--help"])
    #expect(result.code == 0)
    #expect(result.output.contains("EXAMPLES"))
  }

  @Test(arguments: [["switchboard"], ["token", "issue"], ["demo"], ["init"]])
  func `each option of a command without a page of its own stands in the table of settings`(command: [String])
    async throws
  {
    let help = try await Program().run(arguments: command + ["--help"]).output
    let page = try String(contentsOfFile: "\(Program.root)/docs/settings.md", encoding: .utf8)
    let name = command.joined(separator: " ")
    let options = try #require(help.components(separatedBy: "OPTIONS:\n").last).matches(of: /(?m)^  (--[a-z0-9-]+)/)
      .map { String($0.1) }.filter { !["--version", "--env", "--token-secret"].contains($0) }
    #expect(!options.isEmpty)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `\(name)") }
    for option in options {
      #expect(rows.contains { $0.contains("`\(option)") }, "\(option)")
    }
  }

  @Test(arguments: ["--no-such-flag", "no-such-command"])
  func `what is not known is wrong usage`(word: String) async throws {
    let result = try await Program().run(word)
    #expect(result.code == 64)
    #expect(result.errors.contains(word))
  }

  @Test func `colour is left out where the output is no terminal`() async throws {
    let result = try await Program(environment: ["TERM": "xterm-256color"]).run("stages")
    #expect(!result.output.contains("\u{1B}"))
  }
}

@Suite("the examples of the reference")
struct StageExampleTests {
  @Test(arguments: [
    "limit-headers", "limit-body", "normalize-path", "verify-jwt", "rate-limit", "respond", "forward", "emit-chunks",
  ])
  func `the example that a stage is shown with is good in a file`(name: String) async throws {
    let shown = try await Program().run("stages", name).output
    let example = try #require(shown.components(separatedBy: "Example\n").last)
    let folder = try TemporaryFolder()
    let forward = name == "forward" ? "" : "  - { stage: forward, with: { to: \"http://127.0.0.1:1\" } }\n"
    let emitter = name == "emit-chunks" ? "" : "  - emit-chunks\n"
    let before = name == "emit-chunks" ? forward : ""
    let after = name == "emit-chunks" ? "" : forward
    let file = try folder.write(
      "pipeline: example\nvariables: { JWT_SECRET: { secret: true, example: not-a-secret-not-a-secret-not-1 } }\n"
        + "stages:\n\(before)\(example)\(after)\(emitter)", to: "example.yaml")
    let result = try await Program().run("check", file)
    #expect(result.code == 0, "\(result.output)")
  }
}
