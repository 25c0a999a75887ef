import Foundation
import Testing

@Suite("telephone schema, and the pages of telephone stages")
struct ReferenceTests {
  /// Those that have a page; that no stage lacks one is a test's own.
  static let stages: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: "\(Program.root)/docs/stages")
    return (files ?? []).filter { $0 != "README.md" }.map { String($0.dropLast(".md".count)) }.sorted()
  }()

  private func page(_ path: String) throws -> String {
    try String(contentsOf: URL(filePath: Program.root).appending(path: path), encoding: .utf8)
  }

  @Test func `docs/pipeline.schema.json is what the program prints`() async throws {
    let result = try await Program().run("schema")
    #expect(result.code == 0)
    #expect(
      try result.output == page("docs/pipeline.schema.json"),
      "run: swift run telephone schema > docs/pipeline.schema.json")
    _ = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
  }

  @Test func `docs/stages is what the program writes`() async throws {
    let folder = try TemporaryFolder()
    let output = "\(folder.path)/made/stages"
    let result = try await Program().run("stages", "--format", "markdown", "--output", output)
    #expect(result.code == 0, "\(result.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
    #expect(files.contains("README.md") && files.contains("verify-jwt.md"))
    let kept = URL(filePath: Program.root).appending(path: "docs/stages").path
    #expect(try FileManager.default.contentsOfDirectory(atPath: kept).sorted() == files)
    for file in files {
      let text = try String(contentsOfFile: "\(output)/\(file)", encoding: .utf8)
      #expect(
        try text == page("docs/stages/\(file)"),
        "run: swift run telephone stages --format markdown --output docs/stages")
    }
  }

  @Test(arguments: stages)
  func `both examples of a page are good in a file, and the full one names every option`(name: String) async throws {
    let page = try page("docs/stages/\(name).md")
    let examples = page.components(separatedBy: "```yaml\n").dropFirst()
      .map { String($0.prefix(upTo: $0.range(of: "```")?.lowerBound ?? $0.endIndex)) }
    #expect(examples.count == 2)
    let folder = try TemporaryFolder()
    for (index, example) in examples.enumerated() {
      let file = try folder.write(Self.pipeline(around: example, name), to: "\(index).yaml")
      let result = try await Program().run("check", file)
      #expect(result.code == 0, "\(result.output)")
    }
    let json = try await Program().run("stages", name, "--format", "json").output
    let stage = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let options = try #require(stage["options"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    #expect(!options.isEmpty)
    for option in options {
      #expect(examples.last?.contains(" \(option): ") == true, "\(option)")
      #expect(page.contains("| `\(option)` |"))
    }
  }

  /// What a full example has behind a `#` is good, too, where the stage is told what goes with it.
  @Test(arguments: [
    ("verify-jwt", ["secret"], ["public-key"]), ("verify-jwt", ["secret"], ["jwks", "issuer", "audience"]),
    ("rate-limit", [], ["burst"]), ("forward", [], ["ca"]),
  ])
  func `options behind a # are good when others make way`(name: String, out: [String], in new: [String]) async throws {
    let page = try page("docs/stages/\(name).md")
    var example = try #require(page.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first)
    for option in out { example.replace("    \(option):", with: "    # \(option):") }
    for option in new {
      #expect(example.contains("    # \(option):"))
      example.replace("    # \(option):", with: "    \(option):")
    }
    if name == "forward" { example.replace("http://", with: "https://") }
    if !out.isEmpty { example.replace("HS256", with: "RS256") }
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline(around: example, name), to: "example.yaml")
    let result = try await Program().run("check", file)
    #expect(result.code == 0, "\(result.output)")
  }

  private static func pipeline(around example: String, _ name: String) -> String {
    let forward = name == "forward" ? "" : "- { stage: forward, with: { to: \"http://127.0.0.1:1\" } }\n"
    let emitter = name == "emit-chunks" ? "" : "- emit-chunks\n"
    let stages = name == "emit-chunks" ? forward + example : example + forward + emitter
    return
      "pipeline: example\nvariables: { JWT_SECRET: { secret: true, example: not-a-secret-not-a-secret-1234 } }\n"
      + "stages:\n" + stages
  }

  @Test func `all stages come as JSON`() async throws {
    let result = try await Program().run("stages", "--format", "json")
    let all = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(all.compactMap { $0["name"] as? String }.sorted() == Self.stages)
    #expect(all.allSatisfy { ($0["answers"] as? [Any]) != nil && ($0["full-example"] as? String) != nil })
  }

  @Test func `one page is written without an index, and printed without a folder`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Program().run("stages", "forward", "--format", "markdown", "--output", folder.path)
    #expect(result.code == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["forward.md"])
    let printed = try await Program().run("stages", "forward", "--format", "markdown")
    #expect(try printed.output == page("docs/stages/forward.md"))
  }

  @Test func `pages that cannot be written are named`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("in the way", to: "file")
    let result = try await Program().run("stages", "--format", "markdown", "--output", "\(file)/docs")
    #expect(result.code == 1)
    #expect(result.errors.contains("\(file)/docs cannot be written"))
    try FileManager.default.createDirectory(atPath: "\(folder.path)/README.md", withIntermediateDirectories: false)
    let taken = try await Program().run("stages", "--format", "markdown", "--output", folder.path)
    #expect(taken.code == 1)
    #expect(taken.errors.contains("README.md cannot be written"))
  }

  @Test(arguments: [
    (["stages", "verify-jtw", "--format", "markdown"], "Did you mean 'verify-jwt'?"),
    (["stages", "verify-jtw", "--format", "markdown", "--output", "x"], "Did you mean 'verify-jwt'?"),
    (["stages", "--output", "x"], "--output is for '--format markdown' only."),
    (["stages", "--format", "html"], "html"),
    (["schema", "forward"], "forward"),
  ])
  func `wrong usage is told`(arguments: [String], sentence: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run(arguments: arguments)
    #expect(result.code == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
