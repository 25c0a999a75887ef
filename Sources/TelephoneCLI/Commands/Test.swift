import ArgumentParser
import Foundation
import Logging
import PipelineFile
import Rehearsal
import TelephoneKit

/// `telephone test [PATHS]`
struct Test: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the tests of pipeline files.",
    discussion: """
      Tests stand under 'tests' in a pipeline file, or in NAME.test.yaml beside it; docs/testing.md has all that they can \
      say. Nothing leaves the machine and no time passes: a stub answers in the place of every backend, and the clock is \
      moved by hand. The environment is not looked at: variables are those of the test, else the defaults and examples of \
      the file. Exit code 0 if all tests pass, 1 if one fails, a file has problems or too little is covered.

      EXAMPLES:
        telephone test
        telephone test pipelines/demo.yaml --filter 'token'
        telephone test --watch
        telephone test pipelines --coverage --fail-under 100 --junit report.xml
      """)

  @Argument(help: ArgumentHelp("Pipeline files, files of tests, or folders. Default: pipelines, else this folder."))
  var paths: [String] = []

  @Option(help: ArgumentHelp("Only tests whose file and name hold this text, or match it.", valueName: "text|regex"))
  var filter: String?

  @Flag(help: "Run again whenever a file changes, until Ctrl-C.")
  var watch = false

  @Flag(help: "Write the snapshots that are missing or differ.")
  var update = false

  @Option(help: ArgumentHelp("Also write a report for build servers.", valueName: "file"))
  var junit: String?

  @Flag(help: "Tell which stages, conditions and refusals no test reached.")
  var coverage = false

  @Option(help: ArgumentHelp("Fail if less is covered, in percent; turns --coverage on.", valueName: "percent"))
  var failUnder: Double?

  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "A file of variables, NAME=value on each line, for those that a test does not give.", valueName: "file"))
  var environmentFile: String?

  func run() async throws {
    if let failUnder, !(0...100).contains(failUnder) {
      throw CommandProblem("--fail-under must be from 0 to 100, not \(failUnder).", .usage)
    }
    let variables = try variables()
    guard watch else {
      guard try await runOnce(variables, reader: DiskFileReader()) else { throw ExitCode(ExitStatus.problems.rawValue) }
      return
    }
    try await TestWatch().run {
      (try? TestPaths.candidates(paths)) ?? []
    } _: { reader in
      do {
        _ = try await runOnce(variables, reader: reader)
      } catch let problem as CommandProblem {
        Terminal.output.print(problem.sentence)
      }
    }
  }

  /// - Returns: whether all is well.
  private func runOnce(
    _ variables: @escaping @Sendable (String) -> String?, reader: any PipelineFileReader
  ) async throws -> Bool {
    let began = ContinuousClock.now
    let loader = PipelineLoader(registry: Shelf.registry, mode: .check, variables: variables, reader: reader)
    let runner = TestRunner(
      reader: reader, updatesSnapshots: update, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let run = TestRun(files: try TestPaths.expand(paths), filter: filter.map(TestFilter.init))
    let report = await run.run(loader, runner)
    let printer = TestReportPrinter(terminal: Terminal.output)
    for line in printer.lines(report) { Terminal.output.print(line) }
    var isCovered = true
    if coverage || failUnder != nil {
      let covered = CoverageReport(report)
      for line in covered.lines(Terminal.output, failUnder: failUnder) { Terminal.output.print(line) }
      isCovered = failUnder.map(covered.reaches) ?? true
    }
    if let junit { try write(JUnitReport(report).text, to: junit) }
    for line in printer.summary(report, took: ContinuousClock.now - began) { Terminal.output.print(line) }
    return report.hasPassed && isCovered
  }

  private func write(_ text: String, to path: String) throws {
    do {
      // Not by way of another file: what is there may be a pipe, a device or a link.
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    } catch {
      throw CommandProblem(
        "The report cannot be written to \(path). Name a file in a folder that you may write to.", .usage)
    }
  }

  private func variables() throws -> @Sendable (String) -> String? {
    guard let environmentFile else { return { _ in nil } }
    let values = try EnvironmentFile.read(environmentFile, as: "file of variables").values
    return { values[$0] }
  }
}
