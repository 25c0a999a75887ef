import Foundation
import Logging
import PipelineFile
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

@testable import TelephoneCLI

@Suite("The watch over a pipeline's files", .timeLimit(.minutes(1)))
struct PipelineWatchTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// An answer in place of a backend, which needs no settings.
  private struct Serve: BackendStage {
    struct Options: StageOptions {
      @TelephoneKit.Option(help: "What it says.") var text = ""
    }
    static let name = "serve"
    static let summary = "Serves."
    let text: String
    init(_ options: Options, _ context: StageContext) { text = options.text }
    func respond(to exchange: Exchange) async throws -> Response { Response(text: text) }
  }

  private static func file(_ text: String) -> String {
    "pipeline: p\nstages:\n  - { stage: serve, with: { text: \(text) } }\n  - emit-chunks\n"
  }

  private func reloader(_ path: String, mostReplaced: Int = 8) async throws -> PipelineReloader {
    let origin = PipelineOrigin(
      path: path, flags: [:], environmentFile: nil,
      registry: try StageRegistry(TelephoneCommand.standardStages + [Serve.self]))
    let files = ReadFiles()
    let pipeline = try await origin.load(noting: files).build(logger: logger, noting: files)
    return PipelineReloader(
      LivePipeline(pipeline, mostReplaced: mostReplaced), from: origin, files: files, logger: logger)
  }

  private func answer(_ live: LivePipeline) async -> String {
    let sink = RecordingSink()
    _ = await live.run(Request(), id: "1", into: sink)
    return sink.recording.text
  }

  @Test func `a file is read when it has stayed the same for two looks`() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.file("a"), to: "p.yaml")
    let reloader = try await reloader(path)
    let clock = TestClock()
    let reloads = Mutex(0)
    let watch = PipelineWatch(reloader: reloader, clock: clock, logger: logger)
    let watching = Task {
      await watch.run {
        await reloader.reload(.file)
        reloads.withLock { $0 += 1 }
      }
    }
    /// Lets a second pass, and waits until that look is over.
    func look() async {
      await clock.expire(PipelineWatch.interval)
      await clock.untilSomebodySleeps(for: PipelineWatch.interval)
    }
    for _ in 0..<3 { await look() }
    #expect(reloads.withLock { $0 } == 0)
    // It is being written, and changes between looks.
    for length in [20, 30] {
      _ = try folder.write(String(Self.file("b").prefix(length)), to: "p.yaml")
      await look()
    }
    _ = try folder.write(Self.file("b"), to: "p.yaml")
    await look()
    #expect(reloads.withLock { $0 } == 0)
    await look()
    #expect(reloads.withLock { $0 } == 1)
    #expect(await answer(reloader.pipeline) == "b")
    for _ in 0..<3 { await look() }
    #expect(reloads.withLock { $0 } == 1)
    // What a signal has loaded meanwhile is no change any more.
    _ = try folder.write(Self.file("c"), to: "p.yaml")
    await reloader.reload(.signal)
    for _ in 0..<3 { await look() }
    #expect(reloads.withLock { $0 } == 1)
    #expect(await answer(reloader.pipeline) == "c")
    // A file that is gone is a fault, told once, and mended when it is back.
    try FileManager.default.removeItem(atPath: path)
    for _ in 0..<4 { await look() }
    #expect(reloads.withLock { $0 } == 2 && reloader.pipeline.report.failures == 1)
    _ = try folder.write(Self.file("d"), to: "p.yaml")
    for _ in 0..<3 { await look() }
    #expect(await answer(reloader.pipeline) == "d")
    watching.cancel()
    await watching.value
    await reloader.pipeline.shutdown()
  }

  @Test func `where there is no room it waits, and swaps when there is`() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.file("a"), to: "p.yaml")
    let reloader = try await reloader(path, mostReplaced: 1)
    let clock = TestClock()
    let watch = PipelineWatch(reloader: reloader, clock: clock, logger: logger)
    let watching = Task { await watch.run { await reloader.reload(.file) } }
    let sink = RecordingSink(holdsWrites: true)
    let held = Task { await reloader.pipeline.run(Request(), id: "1", into: sink) }
    await sink.heldWrites()
    func look() async {
      await clock.expire(PipelineWatch.interval)
      await clock.untilSomebodySleeps(for: PipelineWatch.interval)
    }
    for text in ["b", "c-which-has-no-room"] {
      _ = try folder.write(Self.file(text), to: "p.yaml")
      for _ in 0..<4 { await look() }
      #expect(await answer(reloader.pipeline) == "b")
    }
    #expect(reloader.pipeline.report.failures == 0)
    // A signal is told so, and the watch goes on all the same.
    await reloader.reload(.signal)
    #expect(reloader.pipeline.report.failures == 1)
    sink.release()
    #expect(await held.value.kind == .delivered)
    while !reloader.pipeline.hasRoom { await Task.yield() }
    await look()
    #expect(await answer(reloader.pipeline) == "c-which-has-no-room")
    watching.cancel()
    await watching.value
    await reloader.pipeline.shutdown()
  }

  @Test func `what is wrong is logged with its place, one line each, and no secret`() async throws {
    let lines = Mutex<[String]>([])
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.file("a"), to: "p.yaml")
    let log = Logger(label: "test") { _ in
      LineLogHandler(
        label: "t", format: .text, writer: LogWriter { text in lines.withLock { $0.append(text.description) } })
    }
    let origin = PipelineOrigin(
      path: path, flags: ["S": "hush-hush-hush"], environmentFile: nil,
      registry: try StageRegistry(TelephoneCommand.standardStages + [Serve.self]))
    let files = ReadFiles()
    let pipeline = try await origin.load(noting: files).build(logger: logger, noting: files)
    let reloader = PipelineReloader(LivePipeline(pipeline), from: origin, files: files, logger: log)
    _ = try folder.write(
      """
      pipeline: p
      variables: { S: { secret: true } }
      stages:
        - { stage: limit-body, with: { max: "${S}" } }
        - { stage: sreve }
        - emit-chunks

      """, to: "p.yaml")
    await reloader.reload(.signal)
    var text = ""
    while !text.contains("not swapped") {
      await Task.yield()
      text = lines.withLock { $0.joined() }
    }
    let problems = text.split(separator: "\n").filter { $0.contains("pipeline problem") }
    #expect(problems.count == 2, "\(text)")
    #expect(problems.contains { $0.contains("\(path):5:14") && $0.contains("did you mean 'serve'") }, "\(text)")
    #expect(problems.contains { $0.contains("\(path):4:") })
    #expect(!text.contains("hush"))
    await reloader.pipeline.shutdown()
  }

  @Test func `the settings file is read again, the flags stay`() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.file("\"${A}-${B}\""), to: "p.yaml")
    let settings = try folder.write("A=file\nB=file\n", to: "settings")
    let origin = PipelineOrigin(
      path: path, flags: ["A": "flag"], environmentFile: settings,
      registry: try StageRegistry(TelephoneCommand.standardStages + [Serve.self]))
    let files = ReadFiles()
    let pipeline = try await origin.load(noting: files).build(logger: logger, noting: files)
    let reloader = PipelineReloader(LivePipeline(pipeline), from: origin, files: files, logger: logger)
    #expect(await answer(reloader.pipeline) == "flag-file")
    #expect(Set(reloader.files.keys) == [path, settings])
    _ = try folder.write("A=other\nB=other\n", to: "settings")
    await reloader.reload(.signal)
    #expect(await answer(reloader.pipeline) == "flag-other")
    try FileManager.default.removeItem(atPath: settings)
    await reloader.reload(.signal)
    #expect(await answer(reloader.pipeline) == "flag-other")
    #expect(Set(reloader.files.keys) == [settings])
    await reloader.pipeline.shutdown()
  }
}
