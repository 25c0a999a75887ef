import ArgumentParser
import Foundation
import HTTPTypes
import Logging
import PipelineFile
import Synchronization
import TelephoneKit

/// `telephone dry-run PIPELINE`
struct DryRun: AsyncParsableCommand {
  enum BackendChoice: String, ExpressibleByArgument, CaseIterable {
    case stub, live
  }

  static let configuration = CommandConfiguration(
    commandName: "dry-run",
    abstract: "Run one request through a pipeline and show what each stage does to it.",
    discussion: """
      Nothing leaves the machine: a stub answers in the place of every backend, and no stage opens a socket, unless
      '--backend live' is given. Variables that are not set fall back to the examples of the file. The answer is shown as
      it would be emitted, chunk by chunk. Exit code 1 if the file has problems.

      EXAMPLES:
        telephone dry-run pipelines/demo.yaml --target '/api/../hello?x=%20y'
        telephone dry-run pipelines/demo.yaml --method POST --target /api/echo -H "Authorization: Bearer $T" --body FILE
        telephone dry-run pipelines/default.yaml --backend live
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline: String

  @OptionGroup(title: "Request") var request: RequestOptions

  @Option(help: "What answers in the backend track: a stub, or the backend itself.")
  var backend = BackendChoice.stub

  @Option(help: ArgumentHelp("The stub's status.", valueName: "code"))
  var stubStatus = 200

  @Option(help: ArgumentHelp("The stub's body.", valueName: "text"))
  var stubBody = "This is the stub, in place of a backend.\n"

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let settings = try await source.source()
    let incoming = try request.request()
    guard (200...599).contains(stubStatus) else {
      throw CommandProblem("--stub-status must be from 200 to 599, not \(stubStatus).", .usage)
    }
    let checked = try PipelineFiles.load(pipeline, mode: .check, settings)
    for note in checked.notes where note.severity == .note { Terminal.error.print(Terminal.error.dim(note.headline)) }
    let built = try await build(checked)

    let printer = TracePrinter(width: (checked.steps.map(\.id.count).max() ?? 0) + 7)
    let counter = EntryCounter()
    let trace = TraceRecorder { entry in
      var numbered = printer
      numbered.number = counter.next()
      for line in numbered.lines(entry) { Terminal.output.print(line) }
    }
    let head = "\(incoming.method) \(built.redaction.shown(target: incoming.target))"
    Terminal.output.print("\(Terminal.output.bold(head)) through \(checked.name) (\(pipeline))\n")
    let sink = ConsoleSink()
    let outcome = await built.run(incoming, id: "dry-run", into: sink, trace: trace)
    await built.shutdown()

    Terminal.output.print("")
    let answer = AnswerPrinter(terminal: Terminal.output, redaction: built.redaction)
    for line in answer.lines(sink.answer) { Terminal.output.print(line) }
    Terminal.output.print("")
    let decided = outcome.decidedBy.map { ", decided by \($0)" } ?? ""
    let code = outcome.code.map { " (\($0))" } ?? ""
    Terminal.output.print("\(outcome.kind.rawValue)\(code)\(decided)")
  }

  private func build(_ checked: CheckedPipeline) async throws -> Pipeline {
    let live = backend == .live
    let stub = StubBackend(status: stubStatus == 200 ? .ok : .init(code: stubStatus), text: stubBody)
    var logger = Logger(label: "dry-run", factory: StreamLogHandler.standardError(label:))
    logger.logLevel = .warning
    do {
      return try await checked.build(logger: logger, mayConnect: live) { step in
        step.type.track == .backend && !live ? stub : nil
      }
    } catch let error as PipelineFileError {
      throw PipelineFiles.problem(error, pipeline)
    }
  }
}

/// Counts trace entries as they come.
private final class EntryCounter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
