import Foundation
import Testing

@Suite("telephone check: reports")
struct CheckReportTests {
  private static let broken = """
    pipeline: broken
    stages:
      - stage: rate-limit
        with: { rate: 1/s, key: "claim:sub" }
      - stage: forward
        with: { to: "http://127.0.0.1:1", idle-timeout: soon }
      - emit-chunks
    """

  private static let doubtful = """
    pipeline: doubtful
    stages:
      - { stage: limit-headers, when: { path: /a } }
      - normalize-path
      - stage: rate-limit
        with: { rate: 1/s, key: "claim:sub" }
      - stage: forward
        with: { to: "http://127.0.0.1:1" }
      - emit-chunks
    """

  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `JSON is one object with files and diagnostics`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.broken, to: "broken.yaml")
    let result = try await Program().run("check", file, "pipelines/demo.yaml", "--format", "json", "--notes")
    #expect(result.code == 1)
    let report = try object(result.output)
    #expect(report["good"] as? Bool == false)
    #expect(report["errors"] as? Int == 1)
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files.map { $0["file"] as? String } == [file, "pipelines/demo.yaml"])
    #expect(files.map { $0["good"] as? Bool } == [false, true])
    #expect(files[1]["stages"] as? Int == 7)
    let diagnostics = try #require(report["diagnostics"] as? [[String: Any]])
    let error = try #require(diagnostics.first)
    #expect(error["rule"] as? String == "pipeline")
    #expect(error["severity"] as? String == "error")
    #expect(error["file"] as? String == file)
    #expect(error["line"] as? Int == 6)
    #expect(error["column"] as? Int == 53)
    #expect((error["message"] as? String)?.contains("idle-timeout") == true)
    #expect(diagnostics.last?["rule"] as? String == "variable-example")
  }

  @Test func `SARIF names the tool, its rules, and the region of each result`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.doubtful, to: "a pipeline: 100%.yaml")
    let program = Program(folder: folder.path)
    let result = try await program.run("check", "a pipeline: 100%.yaml", "--format", "sarif")
    #expect(result.code == 0)
    let log = try object(result.output)
    #expect(log["version"] as? String == "2.1.0")
    #expect((log["$schema"] as? String)?.hasSuffix("sarif-schema-2.1.0.json") == true)
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    #expect(driver["name"] as? String == "telephone")
    #expect((driver["version"] as? String)?.isEmpty == false)
    let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.map { $0["ruleId"] as? String } == ["before-canonical-path", "before-claims"])
    for result in results {
      #expect(result["level"] as? String == "warning")
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index] == result["ruleId"] as? String)
      let location = try #require(
        (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
      #expect(
        (location["artifactLocation"] as? [String: Any])?["uri"] as? String == "a%20pipeline%3A%20100%25.yaml")
      #expect((location["region"] as? [String: Any])?["startLine"] is Int)
    }
    let absolute = try await program.run("check", "\(folder.path)/a pipeline: 100%.yaml", "--format", "sarif")
    #expect(absolute.output.contains("\"file://\(folder.path)/a%20pipeline%3A%20100%25.yaml\""))
  }

  @Test func `columns in SARIF are code points, as it says itself`() async throws {
    let folder = try TemporaryFolder()
    let start = "  - { when: { path: \"/e\u{301}e\u{301}e\u{301}👩‍👧\" }, stage: "
    _ = try folder.write("pipeline: p\nstages:\n\(start)nope }\n  - emit-chunks\n", to: "p.yaml")
    let program = Program(folder: folder.path)
    let log = try object(try await program.run("check", "p.yaml", "--format", "sarif").output)
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    #expect(run["columnKind"] as? String == "unicodeCodePoints")
    let regions = try #require(run["results"] as? [[String: Any]]).compactMap { result in
      let location = (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any]
      return location?["region"] as? [String: Int]
    }
    #expect(regions.contains(["startLine": 3, "startColumn": start.unicodeScalars.count + 1]), "\(regions)")
    let text = try await program.run("check", "p.yaml").output
    #expect(text.contains("p.yaml:3:\(start.count + 1): error: unknown stage 'nope'"), "\(text)")
  }

  @Test(arguments: [
    "\"fragment\": f\nstages: [limit-headers]\n", "'fragment' : f\nstages: [limit-headers]\n",
    "{ stages: [limit-headers], fragment: f }\n", "\u{FEFF}fragment: f\nstages: [limit-headers]\n",
    "fragment: f\nstages: [\n",
  ])
  func `a fragment is known however its key is written`(text: String) async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(text, to: "f.yaml")
    let alone = try await Program().run("check", folder.path)
    #expect(alone.code == 64 && alone.errors.contains("are fragments."), "\(alone)")
  }

  @Test func `a folder leaves out fragments, and no file that only looks like one`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("fragment: f\nstages: [limit-headers]\n", to: "f.yaml")
    let program = Program(folder: folder.path)
    let alone = try await program.run("check", ".")
    #expect(alone.code == 64 && alone.errors.contains("All files in . are fragments."), "\(alone)")
    _ = try folder.write("# a part\r\nfragment: g\r\nstages: [limit-body]\r\n", to: "g.yaml")
    #expect(try await program.run("check", ".").errors.contains("All files in . are fragments."))
    _ = try folder.write("pipeline: p\nfragment: q\nstages: [nope]\n", to: "p.yaml")
    let both = try await program.run("check", ".")
    #expect(both.code == 1 && both.output.contains("p.yaml:"), "\(both)")
  }

  @Test func `what an escape in a file stands for does not reach a terminal`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: p\nstages: [ \"\\e[31mX\\a\\u202E\" ]\n", to: "p.yaml")
    let result = try await Program().run("check", file)
    #expect(result.code == 1 && result.output.contains("unknown stage '\u{FFFD}[31mX\u{FFFD}\u{FFFD}'"))
    #expect(!result.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" })
  }

  @Test func `output that cannot be written is told`() async throws {
    var program = Program()
    program.launcher = ["sh", "-c", "exec \"$0\" \"$@\" > /dev/full"]
    let result = try await program.run("schema")
    #expect(result.code == 74)
    #expect(result.errors == "error: The output cannot be written: No space left on device.\n")
  }

  @Test func `GitHub gets a command for each, with what it would take for its own escaped`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(
      "pipeline: x\nstages:\n  - \"100%\\r\\n::error::\"\n  - { stage: forward, with: { to: 'http://a' } }\n"
        + "  - emit-chunks\n", to: "a,b:c.yaml")
    let result = try await Program(folder: folder.path).run("check", "a,b:c.yaml", "--format", "github")
    #expect(result.code == 1)
    #expect(
      result.output
        == "::error file=a%2Cb%3Ac.yaml,line=3,col=5,title=pipeline::unknown stage '100%25\u{FFFD}\u{FFFD}::error::'\n")
  }

  @Test func `what stands behind a stage that answers every request can never run`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "pipeline: p\nstages:\n  - respond\n  - limit-headers\n"
        + "  - { stage: forward, with: { to: 'http://127.0.0.1:1' } }\n  - emit-chunks\n", to: "p.yaml")
    let result = try await Program().run("check", file, "--deny-warnings")
    #expect(result.code == 1)
    for place in ["4:5: warning: 'limit-headers'", "5:14: warning: 'forward'"] {
      #expect(
        result.output.contains("\(file):\(place) can never run: 'respond' before it answers every request"),
        "\(result.output)")
    }
  }

  @Test func `warnings are printed, and are a problem only if they are denied`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.doubtful, to: "doubtful.yaml")
    let allowed = try await Program().run("check", file)
    #expect(allowed.code == 0)
    #expect(allowed.output.contains("\(file):3:29: warning: this condition compares the path as the client wrote it"))
    #expect(allowed.output.contains("    ^"))
    #expect(allowed.output.hasSuffix("\(file): ok, 5 stages\n"))
    let denied = try await Program().run("check", file, "--deny-warnings")
    #expect(denied.code == 1)
    #expect(denied.output.hasSuffix("\(file): 2 warnings\n"))
    #expect(try await Program().run("check", "pipelines", "--deny-warnings").code == 0)
  }

  @Test func `what came of a fragment in two pipelines is reported once`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("fragment: f\nstages: [{ stage: limit-headers, wiht: {} }]\n", to: "f.yaml")
    let pipeline = """
      pipeline: p
      stages:
        - include: f.yaml
        - { stage: forward, with: { to: "http://127.0.0.1:1" } }
        - emit-chunks
      """
    for name in ["a.yaml", "b.yaml"] { _ = try folder.write(pipeline, to: name) }
    let result = try await Program().run("check", folder.path, "--format", "json")
    let report = try object(result.output)
    #expect((report["files"] as? [[String: Any]])?.count == 2)
    let diagnostics = try #require(report["diagnostics"] as? [[String: Any]])
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?["message"] as? String == "unknown key 'wiht': did you mean 'with'?")
  }

  @Test func `tests are checked, in a pipeline file and beside it`() async throws {
    let folder = try TemporaryFolder()
    let pipeline = """
      pipeline: p
      stages:
        - { stage: forward, with: { to: "http://127.0.0.1:1" } }
        - emit-chunks
      tests:
        - { name: nothing expected, request: { target: / } }
      """
    let file = try folder.write(pipeline, to: "p.yaml")
    let tests = try folder.write(
      "tests:\n  - { name: a, request: { target: / }, expect: { statsu: 200 } }\n", to: "p.test.yaml")
    for arguments in [[folder.path], [file]] {
      let result = try await Program().run(arguments: ["check"] + arguments)
      #expect(result.code == 1)
      #expect(result.output.contains("\(file):6:"))
      #expect(result.output.contains("\(tests):2:"))
      #expect(result.output.contains("did you mean 'status'?"))
      #expect(result.output.contains("\(tests): 1 error\n"))
    }
    _ = try folder.write(
      "tests:\n  - { name: a, request: { target: / }, expect: { status: 200 } }\n", to: "p.test.yaml")
    let good = try await Program().run("check", tests)
    #expect(good.code == 0)
    #expect(good.output == "\(tests): ok, 1 test\n")
  }

  @Test func `includes are followed, and a cycle is found`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("fragment: a\nstages: [{ include: b.yaml }]\n", to: "a.yaml")
    _ = try folder.write("fragment: b\nstages: [{ include: a.yaml }]\n", to: "b.yaml")
    let file = try folder.write("pipeline: p\nstages: [{ include: a.yaml }]\n", to: "p.yaml")
    let result = try await Program().run("check", file)
    #expect(result.code == 1)
    #expect(result.output.contains("\(folder.path)/b.yaml:2:"))
    #expect(result.output.contains("leads back to"))
  }

  @Test(arguments: [["check", "--format", "xml", "pipelines"], ["check", "--connekt", "pipelines"]])
  func `wrong usage is told with 64`(_ arguments: [String]) async throws {
    let result = try await Program().run(arguments: arguments)
    #expect(result.code == 64)
    #expect(result.output.isEmpty)
  }
}
