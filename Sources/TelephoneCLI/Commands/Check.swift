import ArgumentParser
import Foundation
import PipelineFile
import TelephoneKit

/// `telephone check FILE...`
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check pipeline files and their tests, and print every problem with its place.",
    discussion: """
      Nothing outside the files and their variables is touched, unless --connect is given. A variable that is not set \
      falls back to the example that the file gives for it. Warnings are for what is legal and surely not meant; \
      docs/checking.md explains each. Exit code 0 if all files are good, 1 if there are problems, 64 for wrong usage.

      EXAMPLES:
        telephone check pipelines/default.yaml
        telephone check pipelines              # every .yaml file in the folder, and its tests
        telephone check pipelines --deny-warnings --format github
        telephone check pipelines/*.yaml --format sarif > telephone.sarif
        telephone check pipelines/demo.yaml --connect
      """)

  @Argument(help: ArgumentHelp("Pipeline files, files of tests, or folders of them.", valueName: "file"))
  var files: [String]

  @Option(help: "Lines for a person, one JSON object, SARIF 2.1.0, or commands of a GitHub workflow.")
  var format = CheckFormat.text

  @Flag(help: "Also print notes, such as the variables whose examples were used.")
  var notes = false

  @Flag(help: "Also build all stages, fetch keys that lie behind URLs, and connect to each backend.")
  var connect = false

  @Flag(help: "Exit with 1 also if there are only warnings.")
  var denyWarnings = false

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let settings = try await source.source()
    let checker = FileChecker(
      loader: PipelineLoader(registry: Shelf.registry, mode: .check, variables: { settings[$0] }),
      connects: connect, keepsNotes: notes)
    let paths = try TestPaths.expand(files)
    let report =
      connect
      ? try await Interruptible.run(limit: ConnectionCheck.timeout) { try await check(paths, checker) }
      : try await check(paths, checker)
    for line in try format.lines(report, terminal: Terminal.output) { Terminal.output.print(line) }
    if format == .text, notes, !connect { Terminal.output.print("not tried: backends, key URLs (--connect)") }
    if !report.isGood { throw ExitCode(ExitStatus.problems.rawValue) }
  }

  private func check(_ paths: [String], _ checker: FileChecker) async throws -> CheckReport {
    var report = CheckReport(files: [], deniesWarnings: denyWarnings)
    for path in paths { report.files.append(try await checker.check(path)) }
    return report
  }
}
