import Foundation
import Testing

@Suite("telephone new-stage")
struct NewStageTests {
  /// The files below a folder, from it; what is built is left out.
  private func files(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().filter { path in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
      return !isFolder.boolValue && !path.hasPrefix(".build") && path != "Package.resolved"
    }
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  /// That the package builds and passes is shown by the example: `scripts/test` builds and tests it.
  @Test func `plugins-examples/add-greeting is what it writes, file for file`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run("new-stage", "add-greeting")
    #expect(result.code == 0, "\(result.errors)")
    let (written, example) = ("\(folder.path)/add-greeting", "\(Program.root)/plugins-examples/add-greeting")
    #expect(try files(in: written) == files(in: example))
    for file in try files(in: written) {
      var text = try text("\(written)/\(file)")
      if file == "Package.swift" {
        let path = try #require(text.firstMatch(of: /name: "telephone", path: "([^"]+)"/)?.1)
        #expect(URL(filePath: "\(written)/\(path)").standardized.path == Program.root)
        text = text.replacing(path, with: "../..")
      }
      #expect(try text == self.text("\(example)/\(file)"), "\(file)")
    }
  }

  @Test func `all is called after the stage, and what was written is told`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run("new-stage", "check-v2-coupon", "some/where/")
    #expect(result.code == 0, "\(result.errors)")
    #expect(
      try files(in: "\(folder.path)/some/where") == [
        ".gitignore", "Package.swift", "README.md", "Sources/CheckV2CouponStage/CheckV2Coupon.swift",
        "Sources/telephone-with-check-v2-coupon/Main.swift", "Tests/CheckV2CouponStageTests/CheckV2CouponTests.swift",
        "Tests/CheckV2CouponStageTests/PipelineTests.swift", "pipeline.yaml",
      ])
    for file in try files(in: "\(folder.path)/some/where") {
      #expect(result.output.contains("wrote some/where/\(file)\n"))
      #expect(try !text("\(folder.path)/some/where/\(file)").lowercased().contains("greeting"))
    }
    #expect(result.output.contains("\n  cd some/where\n"))
    #expect(result.output.contains("swift run telephone-with-check-v2-coupon test pipeline.yaml"))
  }

  @Test func `in its pipeline nothing is unknown but the stage itself`() async throws {
    let folder = try TemporaryFolder()
    let program = Program(folder: folder.path)
    _ = try await program.run("new-stage", "greet")
    let result = try await program.run("check", "greet/pipeline.yaml")
    #expect(result.code == 1)
    #expect(result.output.components(separatedBy: ": error: ").count == 2, "\(result.output)")
    #expect(result.output.contains("greet/pipeline.yaml:6:12: error: "))
    #expect(result.output.contains("'greet'"))
  }

  @Test func `a program that was built elsewhere must be told where Telephone is`() async throws {
    let folder = try TemporaryFolder()
    let copy = "\(folder.path)/telephone"
    try FileManager.default.copyItem(atPath: Program.path, toPath: copy)
    let result = try await Program(program: copy, folder: folder.path).run("new-stage", "greet")
    #expect(result.code == 64)
    #expect(
      result.errors.contains(
        "This program does not lie in a checkout of Telephone. Say with --telephone DIR where one is."),
      "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/greet"))

    let chosen = try await Program(program: copy, folder: folder.path)
      .run("new-stage", "greet", "other", "--telephone", Program.root)
    #expect(chosen.code == 0, "\(chosen.errors)")
    #expect(try text("\(folder.path)/other/Package.swift").contains(#".package(name: "telephone", path: "../"#))
  }

  @Test(arguments: [
    ("AddGreeting", "'AddGreeting' is no name for a stage. Use lower-case words with dashes, such as 'addgreeting'."),
    ("add_greeting", "such as 'add-greeting'."), ("3-times", "such as 'times'."), ("--", "no name for a stage"),
    ("ünder", "no name for a stage"), ("", "no name for a stage"), ("a--b", "such as 'a-b'."),
    ("../x", "such as 'x'."), ("rate-limit", "'rate-limit' is a stage that this program has already."),
    ("self", "would call its type Self"), ("any", "would call its type Any"),
    (
      "request",
      "'request' would call its type Request, a name that is needed otherwise. Take another, such as 'my-request'."
    ),
    ("pipeline", "such as 'my-pipeline'."), ("request-stage", "would call its type RequestStage"),
    ("pipeline-tests", "would call its type PipelineTests"), ("h-t-t-p-field", "would call its type HTTPField"),
    ("void", "would call its type Void"), ("swift-http-types", "is a package that the new one needs"),
  ])
  func `a name that cannot be one is refused, and nothing is written`(name: String, sentence: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run("new-stage", "--", name)
    #expect(result.code == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(try files(in: folder.path).isEmpty)
  }

  @Test func `no name at all is wrong usage`() async throws {
    let result = try await Program().run("new-stage")
    #expect(result.code == 64)
    #expect(result.errors.contains("Missing expected argument '<name>'"))
  }

  @Test func `a folder that is not empty is left alone`() async throws {
    let folder = try TemporaryFolder()
    for name in ["d", "b", "a", "c"] { _ = try folder.write("mine", to: name) }
    let result = try await Program(folder: folder.path).run("new-stage", "greet", ".")
    #expect(result.code == 64)
    #expect(result.errors.contains("The folder . is not empty (a, b, c, …). Name one that is new or empty."))
    #expect(try files(in: folder.path) == ["a", "b", "c", "d"])
  }

  @Test(arguments: [
    ("taken", "taken is a file, not a folder."), ("taken/new", "The folder taken/new cannot be made here."),
    ("/proc/new", "The folder /proc/new cannot be made here."),
  ])
  func `a folder that cannot be made is told`(name: String, sentence: String) async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("", to: "taken")
    let result = try await Program(folder: folder.path).run("new-stage", "greet", name)
    #expect(result.code == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func `a folder that is called as Telephone's own is would be the same package twice`() async throws {
    let folder = try TemporaryFolder()
    let taken = URL(filePath: Program.root).lastPathComponent
    let result = try await Program(folder: folder.path).run("new-stage", "greet", "x/\(taken)")
    #expect(result.code == 64)
    #expect(result.errors.contains("must not be called '\(taken)'"))
  }

  @Test func `what is named as a checkout of Telephone must be one`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Program(folder: folder.path).run("new-stage", "greet", "--telephone", folder.path)
    #expect(result.code == 64)
    #expect(result.errors.contains("\(folder.path) is no checkout of Telephone"))
  }

  @Test func `a way that is no plain text in Swift is written so that it is read as it is`() async throws {
    let folder = try TemporaryFolder()
    let checkout = #"\#(folder.path)/a "b" \(c)"#
    try FileManager.default.createDirectory(
      atPath: "\(checkout)/Sources/TelephoneKit", withIntermediateDirectories: true)
    try "let package = Package(\n  name: \"telephone\",\n)".write(
      toFile: "\(checkout)/Package.swift", atomically: true, encoding: .utf8)
    let result = try await Program(folder: folder.path).run("new-stage", "greet", "--telephone", checkout)
    #expect(result.code == 0, "\(result.errors)")
    let manifest = try text("\(folder.path)/greet/Package.swift")
    #expect(manifest.contains(#"path: "../a \"b\" \\(c)"),"#), "\(manifest)")
  }
}
