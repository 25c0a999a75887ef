import Foundation
import Testing

@Suite("telephone check")
struct CheckTests {
  @Test func `the files of this repository are good with nothing set`() async throws {
    let result = try await Program().run("check", "pipelines/default.yaml", "pipelines/demo.yaml")
    #expect(result.code == 0)
    #expect(
      result.output == """
        pipelines/default.yaml: ok, 4 stages
        pipelines/demo.yaml: ok, 7 stages

        """)
    #expect(result.errors.isEmpty)
  }

  @Test func `the default pipeline is in the program, without its tests, for folders that do not have its file`()
    async throws
  {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run("check", "pipelines/default.yaml")
    #expect(result.output == "pipelines/default.yaml: ok, 4 stages\n")
    let file = try String(contentsOfFile: "\(Program.root)/pipelines/default.yaml", encoding: .utf8)
    let source = try String(
      contentsOfFile: "\(Program.root)/Sources/TelephoneCLI/Run/DefaultPipeline.swift", encoding: .utf8)
    // All but the line for editors and the tests.
    let lines = file.split(separator: "\n").dropFirst().prefix { $0 != "tests:" }.map { "    \($0)\n" }
    #expect(source.contains(lines.joined()))
  }

  @Test func `a folder stands for the files in it`() async throws {
    let result = try await Program().run("check", "pipelines")
    #expect(result.code == 0)
    #expect(result.output.contains("pipelines/demo.yaml: ok, 7 stages\n"))
  }

  @Test func `fragments in a folder are no pipelines`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("fragment: limits\nstages: [limit-headers]\n", to: "limits.yaml")
    _ = try folder.write(
      """
      pipeline: whole
      stages:
        - include: limits.yaml
        - { stage: forward, with: { to: "http://127.0.0.1:1" } }
        - emit-chunks
      """, to: "whole.yaml")
    let result = try await Program().run("check", folder.path)
    #expect(result.code == 0)
    #expect(result.output == "\(folder.path)/whole.yaml: ok, 3 stages\n")
  }

  @Test func `every problem is printed with its place, the line and a caret, and the exit code is 1`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: broken
      stages:
        - normalise-path
        - stage: forward
          with: { to: "http://127.0.0.1:1", idle-timeout: soon }
        - emit-chunks
      """, to: "broken.yaml")
    let result = try await Program().run("check", file, "pipelines/demo.yaml")
    #expect(result.code == 1)
    #expect(result.output.contains("\(file):3:5: error: "))
    #expect(result.output.contains("'normalise-path'"))
    #expect(result.output.contains("'normalize-path'"))
    #expect(result.output.contains("  - normalise-path\n    ^"))
    #expect(result.output.contains("\(file):5:53: error: 'idle-timeout'"))
    #expect(result.output.contains("pipelines/demo.yaml: ok, 7 stages"))
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func `a file that is not there is a problem, not a crash`() async throws {
    let result = try await Program().run("check", "no-such-file.yaml")
    #expect(result.code == 1)
    #expect(result.output.contains("no-such-file.yaml:1:1: error: the file cannot be read"))
  }

  @Test func `no file at all is wrong usage`() async throws {
    let result = try await Program().run("check")
    #expect(result.code == 64)
    #expect(result.errors.contains("Missing expected argument '<file> ...'"))
  }

  @Test(arguments: ["PORT=99999\r\n", "# é\r\n\r\nPORT=99999\r\n", "export PORT=99999\n", "PORT=\"99999\"\n"])
  func `a file of variables is read however it is written`(text: String) async throws {
    let folder = try TemporaryFolder()
    let pipeline = try folder.write(
      "pipeline: p\nstages:\n  - { stage: forward, with: { to: \"http://a:${PORT:-1}\" } }\n  - emit-chunks\n",
      to: "p.yaml")
    let variables = try folder.write(text, to: "c.env")
    let program = Program(folder: folder.path)
    #expect(try await program.run("check", pipeline).code == 0)
    let named = try await program.run("check", pipeline, "--env", variables)
    #expect(named.code == 1 && named.output.contains("the port must be from 1 to 65535"), "\(named)")
    _ = try folder.write(text, to: ".env")
    #expect(try await program.run("check", pipeline).code == 1)
  }

  @Test(arguments: ["check", "test"])
  func `a line of a file of variables that sets nothing is told and not shown`(command: String) async throws {
    let folder = try TemporaryFolder()
    let variables = try folder.write("A=1\r\nhush-hush\r\n", to: "c.env")
    let program = Program(folder: folder.path)
    let result = try await program.run(command, "p.yaml", "--env", variables)
    #expect(result.code == 64 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("error: \(variables):2: This line sets nothing. Write NAME=value"), "\(result)")
    #expect(!result.errors.contains("hush"))
    let missing = try await program.run(command, "p.yaml", "--env", "none.env")
    #expect(missing.code == 64)
    #expect(missing.errors.contains(" none.env cannot be read: No such file or directory."), "\(missing)")
  }

  @Test(
    .enabled(if: UnreadableFolder.canBe),
    arguments: [["check", "locked"], ["test", "locked"], ["dry-run", "p.yaml", "--request", "locked"]])
  func `a folder that cannot be read is told in a sentence`(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(
      "pipeline: p\nstages:\n  - { stage: forward, with: { to: \"http://a\" } }\n  - emit-chunks\n", to: "p.yaml")
    let locked = try UnreadableFolder("\(folder.path)/locked")
    var program = Program(folder: folder.path)
    program.launcher = UnreadableFolder.launcher
    let result = try await program.run(arguments: arguments)
    #expect(result.code == 64)
    #expect(result.errors == "error: The folder locked cannot be read: Permission denied.\n")
    #expect(result.output.isEmpty)
    locked.unlock()
  }

  @Test func `the default of a secret is not shown where it stands in a reference`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: p
      variables: { TOKEN: { secret: true } }
      stages:
        - stage: limit-headers
          when: { header: { x-token: "${TOKEN:-hush-hush-hush}" }, path: nope }
        - { stage: forward, with: { to: "http://127.0.0.1:1" } }
        - emit-chunks
      """, to: "p.yaml")
    for program in [Program(), Program(environment: ["TOKEN": "another"])] {
      let result = try await program.run("check", file)
      #expect(result.code == 1)
      #expect(result.output.contains("x-token: ‹secret› }, path: nope }"), "\(result.output)")
      #expect(!result.output.contains("hush"))
    }
  }

  @Test func `notes tell which examples were used`() async throws {
    let result = try await Program().run("check", "--notes", "pipelines/demo.yaml")
    #expect(result.code == 0)
    #expect(result.output.contains("DEMO_SECRET"))
    #expect(!result.output.contains("not-a-secret-not-a-secret"))
  }
}
