import Foundation
import Logging
import Synchronization
import TelephoneKit
import Testing

@testable import PipelineFile

/// Reads a file when it is built, counts how often it is, and works in the background.
private struct Reader: RequestStage {
  struct Options: StageOptions {
    @Option(help: "Its file.") var file: String? = nil
    @Option(help: "A file that it writes.") var log: String? = nil
    @Option(help: "A secret.", secret: true) var secret: String? = nil
    @Option(help: "Whose life it is.") var diary = ""
    @Option(help: "Whether it breaks.") var breaks = false
  }
  static let name = "reader"
  static let summary = "Reads."
  static let diaries = Mutex<[String: [String]]>([:])
  let note: @Sendable (String) -> Void

  init(_ options: Options, _ context: StageContext) throws {
    note = { event in Self.diaries.withLock { $0[options.diary, default: []].append("\(context.id) \(event)") } }
    _ = options.file.map { context.path($0) }
    _ = options.log.map { context.outputPath($0) }
    context.hide { $0.hide(queryItem: "of-\(context.id)") }
    context.background { [note] in
      while !Task.isCancelled { await Task.yield() }
      note("work over")
    }
    if options.breaks { throw StageBuildError("It breaks.", option: "breaks") }
    note("built")
  }

  func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  func shutdown() async { note("shut down") }
}

struct `Stages that are kept when a file is loaded again` {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private let diary = UUID().uuidString
  private let file = FileManager.default.temporaryDirectory.appending(path: "reader-\(UUID().uuidString)").path

  private var events: [String] { Reader.diaries.withLock { $0[diary] ?? [] } }

  /// - Parameter stages: the entries before the backend; `DIARY` and `FILE` stand for this test's.
  private func load(
    _ stages: String..., variables: [String: String] = [:], in folder: String = ""
  ) throws -> CheckedPipeline {
    let loader = PipelineLoader(
      registry: try StageRegistry(Fixture.stages + [Reader.self]), mode: .run, variables: { variables[$0] },
      reader: MemoryFileReader())
    let entries = stages.map { $0.replacing("DIARY", with: diary).replacing("FILE", with: file) }
    let text = """
      pipeline: p
      variables: { SECRET: { secret: true, default: none-at-all } }
      stages:
      \(entries.map { "  - \($0)" }.joined(separator: "\n"))
        - { stage: forward, with: { to: x } }
        - emit-chunks
      """
    return try loader.load(text: text, named: "\(folder)p.yaml")
  }

  private func build(_ checked: CheckedPipeline, keeping old: Pipeline? = nil) async throws -> Pipeline {
    try await checked.build(logger: logger, keeping: old)
  }

  @Test func `a stage with the same id and options is the same, and ends once, with the last pipeline`() async throws {
    let old = try await build(load("{ stage: reader, with: { diary: DIARY } }"))
    let new = try await build(load("{ stage: reader, with: { diary: DIARY } }"), keeping: old)
    #expect(events == ["reader built"])
    await old.shutdown()
    #expect(events == ["reader built"])
    await new.shutdown()
    #expect(events == ["reader built", "reader work over", "reader shut down"])
    await new.shutdown()
    #expect(events.count == 3)
  }

  @Test func `its place and its condition do not belong to it, what it hides does`() async throws {
    let old = try await build(
      load("{ stage: reader, id: a, with: { diary: DIARY } }", "{ stage: reader, id: b, with: { diary: DIARY } }"))
    let new = try await build(
      load(
        "{ stage: reader, id: b, with: { diary: DIARY }, when: { path: /x } }",
        "{ stage: reader, id: a, with: { diary: DIARY } }", "{ stage: reader, id: c, with: { diary: DIARY } }"),
      keeping: old)
    #expect(events == ["a built", "b built", "c built"])
    #expect(new.steps.map(\.id).prefix(3) == ["b", "a", "c"] && new.steps[0].condition != nil)
    #expect(new.redaction.queryItems == ["of-a", "of-b", "of-c"])
    await old.shutdown()
    await new.shutdown()
    #expect(events.count == 9)
  }

  @Test func `another secret, another folder or another id makes another stage`() async throws {
    let entry = #"{ stage: reader, with: { diary: DIARY, secret: "${SECRET}" } }"#
    var pipelines = [try await build(load(entry, variables: ["SECRET": "first-secret"]))]
    pipelines.append(
      try await build(load(entry, variables: ["SECRET": "other-secret"]), keeping: pipelines[0]))
    #expect(events == ["reader built", "reader built"])
    #expect(pipelines[1].redaction.secrets.contains("other-secret"))
    pipelines.append(
      try await build(load(entry, variables: ["SECRET": "other-secret"], in: "there/"), keeping: pipelines[1]))
    pipelines.append(
      try await build(
        load(
          #"{ stage: reader, id: x, with: { diary: DIARY, secret: "${SECRET}" } }"#,
          variables: ["SECRET": "other-secret"], in: "there/"), keeping: pipelines[2]))
    #expect(events.filter { $0.hasSuffix("built") }.count == 4)
    for pipeline in pipelines { await pipeline.shutdown() }
  }

  @Test func `a changed file makes another stage, one that the stage writes does not`() async throws {
    defer { try? FileManager.default.removeItem(atPath: file) }
    let entry = "{ stage: reader, with: { diary: DIARY, file: FILE, log: FILE.log } }"
    func next(_ old: Pipeline?) async throws -> Pipeline {
      let new = try await build(load(entry), keeping: old)
      await old?.shutdown()
      return new
    }
    func builds() -> Int { events.filter { $0.hasSuffix("built") }.count }
    // It is missing, comes, stays, is written to, is replaced by the same text, and goes.
    var pipeline = try await next(nil)
    try Data("a".utf8).write(to: URL(filePath: file))
    pipeline = try await next(pipeline)
    #expect(builds() == 2)
    try Data("log".utf8).write(to: URL(filePath: "\(file).log"))
    pipeline = try await next(pipeline)
    #expect(builds() == 2)
    try Data("ab".utf8).write(to: URL(filePath: file))
    pipeline = try await next(pipeline)
    #expect(builds() == 3)
    try Data("ab".utf8).write(to: URL(filePath: "\(file).new"))
    try #require(rename("\(file).new", file) == 0)
    pipeline = try await next(pipeline)
    #expect(builds() == 4)
    try FileManager.default.removeItem(atPath: file)
    pipeline = try await next(pipeline)
    #expect(builds() == 5)
    await pipeline.shutdown()
    try FileManager.default.removeItem(atPath: "\(file).log")
  }

  @Test func `a link that leads elsewhere is another file, as where Kubernetes changes a ConfigMap`() async throws {
    for version in ["1", "2"] { try Data("same".utf8).write(to: URL(filePath: file + version)) }
    try #require(symlink(file + "1", file) == 0)
    let facts = ReadFiles.facts(of: [file])
    #expect(ReadFiles.facts(of: [file]) == facts)
    try #require(symlink(file + "2", "\(file).new") == 0 && rename("\(file).new", file) == 0)
    #expect(ReadFiles.facts(of: [file]) != facts)
    for name in [file, file + "1", file + "2"] { try FileManager.default.removeItem(atPath: name) }
  }

  @Test func `where one stage cannot be built the new ones end, and the kept ones go on`() async throws {
    let old = try await build(load("{ stage: reader, id: a, with: { diary: DIARY } }"))
    let broken = try load(
      "{ stage: reader, id: a, with: { diary: DIARY } }", "{ stage: reader, id: b, with: { diary: DIARY } }",
      "{ stage: reader, id: c, with: { diary: DIARY, breaks: true } }")
    let error = await #expect(throws: PipelineFileError.self) { try await build(broken, keeping: old) }
    #expect(error?.diagnostics.map(\.sentence) == ["'c' cannot be built: It breaks"])
    #expect(events == ["a built", "b built", "c work over", "b work over", "b shut down"])
    await old.shutdown()
    #expect(events.suffix(2) == ["a work over", "a shut down"])
  }

  @Test func `the files of all stages are noted, also of those that are kept and of those that fail`() async throws {
    let old = try await build(load("{ stage: reader, id: a, with: { diary: DIARY, file: FILE-a } }"))
    let files = ReadFiles()
    let broken = try load(
      "{ stage: reader, id: a, with: { diary: DIARY, file: FILE-a } }",
      "{ stage: reader, id: c, with: { diary: DIARY, file: FILE-c, breaks: true } }")
    await #expect(throws: PipelineFileError.self) {
      try await broken.build(logger: logger, keeping: old, noting: files)
    }
    #expect(Set(files.facts.keys) == ["\(file)-a", "\(file)-c"])
    await old.shutdown()
  }

  @Test func `files are noted before they are read, also those that are not there`() throws {
    let files = ReadFiles()
    let reader = NotingFileReader(MemoryFileReader(["a": "text"]), into: files)
    #expect(try reader.octets(of: "a", limit: 10) == Array("text".utf8))
    #expect(throws: PipelineFileReadError.self) { try reader.octets(of: "b", limit: 10) }
    #expect(Set(files.facts.keys) == ["a", "b"])
  }
}
