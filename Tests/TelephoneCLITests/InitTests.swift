import Foundation
import Testing

@Suite("telephone init")
struct InitTests {
  @Test func `what it writes is good, passes its tests, and leaves nothing uncovered`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    let written = try await program.run("init", "try-out")
    #expect(written.code == 0, "\(written.errors)")
    #expect(
      written.output.hasPrefix(
        "wrote try-out/pipeline.yaml\nwrote try-out/.env.example\nwrote try-out/pipeline.schema.json\n\nNext\n"))
    #expect(written.output.contains("\n  telephone test try-out/pipeline.yaml "))

    let checked = try await program.run("check", "--notes", "try-out")
    #expect(checked.code == 0)
    #expect(checked.output.hasPrefix("try-out/pipeline.yaml: ok, 7 stages\n"), "\(checked.output)")
    let tested = try await program.run("test", "try-out", "--coverage", "--fail-under", "100")
    #expect(tested.code == 0, "\(tested.output)")
    #expect(tested.output.contains("try-out/pipeline.yaml: 5 passed"))
  }

  @Test func `the file says where its schema is, which is that of the program`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    _ = try await program.run("init")
    let pipeline = try String(contentsOfFile: "\(folder.path)/pipeline.yaml", encoding: .utf8)
    #expect(pipeline.hasPrefix("# yaml-language-server: $schema=pipeline.schema.json\n"))
    let schema = try String(contentsOfFile: "\(folder.path)/pipeline.schema.json", encoding: .utf8)
    #expect(try await program.run("schema").output == schema)
  }

  @Test func `the commands that it proposes can be copied into a shell whatever the folder is called`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    let spaced = try await program.run("init", "my service")
    #expect(spaced.output.contains("wrote my service/pipeline.yaml\n"))
    #expect(spaced.output.contains("\n  telephone check 'my service/pipeline.yaml' "), "\(spaced.output)")
    #expect(spaced.output.contains("\n  cp 'my service/.env.example' .env "))
    let quoted = try await program.run("init", "it's $HOME")
    #expect(quoted.output.contains(#"  telephone run 'it'\''s $HOME/pipeline.yaml'"#), "\(quoted.output)")
    let stage = try await program.run("new-stage", "add-hello", "my stage")
    #expect(stage.output.contains("\n  cd 'my stage'\n"), "\(stage.output)\(stage.errors)")
  }

  @Test func `this folder is the default`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    let written = try await program.run("init")
    #expect(written.output.hasPrefix("wrote pipeline.yaml\nwrote .env.example\n"))
    #expect(try await program.run("test").code == 0)
  }

  @Test func `the file of variables names all that the pipeline expects, and can be used`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    _ = try await program.run("init")
    let pipeline = try String(contentsOfFile: "\(folder.path)/pipeline.yaml", encoding: .utf8)
    let environment = try String(contentsOfFile: "\(folder.path)/.env.example", encoding: .utf8)
    let names = Set(pipeline.matches(of: /"\$\{([A-Z_]+)\}"/).map { String($0.1) })
    #expect(names == ["BACKEND_URL", "PER_CLIENT"])
    for name in names { #expect(environment.contains("\n\(name)=")) }
    #expect(try await program.run("check", "pipeline.yaml", "--env", ".env.example").code == 0)
  }

  @Test(arguments: [[".env.example"], ["pipeline.yaml", ".env.example"], ["pipeline.schema.json"]])
  func `nothing that exists is written over, unless it is said`(names: [String]) async throws {
    let folder = try TemporaryFolder()
    for name in names { _ = try folder.write("mine", to: name) }
    let program = Program(folder: folder.path)
    let refused = try await program.run("init")
    #expect(refused.code == 64)
    #expect(refused.errors.contains("\(names.joined(separator: " and ")) exist"))
    #expect(refused.errors.contains("--force"))
    let found = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(found) == Set(names))
    for name in names { #expect(try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8) == "mine") }

    #expect(try await program.run("init", "--force").code == 0)
    #expect(try await program.run("test").code == 0)
  }

  @Test(arguments: [
    ("taken", "taken is a file, not a folder."), ("taken/new", "The folder taken/new cannot be made here."),
    ("/proc/new", "The folder /proc/new cannot be made here."),
    ("/proc/self", "/proc/self/pipeline.yaml cannot be written."),
  ])
  func `a folder that cannot be written is told`(name: String, sentence: String) async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("", to: "taken")
    let result = try await Program(folder: folder.path).run("init", name)
    #expect(result.code == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}
