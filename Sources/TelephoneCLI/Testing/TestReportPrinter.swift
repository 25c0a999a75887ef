import HTTPTypes
import NIOCore
import PipelineFile
import Rehearsal
import TelephoneKit

/// Writes what came of tests for people: a line for each file, then what failed.
struct TestReportPrinter {
  let terminal: Terminal

  func lines(_ report: TestReport) -> [String] {
    var lines: [String] = []
    for file in report.files where !(report.isFiltered && file.suite != nil && file.results.isEmpty) {
      lines += file.diagnostics.map(\.rendered)
      lines.append(line(file))
    }
    for file in report.files {
      for result in file.failed { lines += [""] + failure(result) }
    }
    return lines
  }

  /// The last lines.
  func summary(_ report: TestReport, took time: Duration) -> [String] {
    let results = report.results
    let failed = results.count { !$0.hasPassed }
    let unusable = report.files.count { $0.suite == nil }
    guard !results.isEmpty || unusable > 0 else {
      return [
        terminal.red(
          report.isFiltered
            ? "No test matches the filter." : "There are no tests. Write some under 'tests', see docs/testing.md.")
      ]
    }
    var words = ["\(results.count - failed) passed"]
    if failed > 0 { words.append("\(failed) failed") }
    if unusable > 0 { words.append("\(unusable) file\(unusable == 1 ? "" : "s") with problems") }
    let line = "\(results.count) test\(results.count == 1 ? "" : "s"): \(words.joined(separator: ", "))"
    return [
      "",
      "\(report.hasPassed ? terminal.green(line) : terminal.red(line)) \(terminal.dim("in \(TracePrinter.time(time))"))",
    ]
  }

  private func line(_ file: TestReport.File) -> String {
    guard file.suite != nil else { return "\(file.path): \(terminal.red("cannot be used"))" }
    guard !file.results.isEmpty else { return "\(file.path): \(terminal.dim("no tests"))" }
    let failed = file.failed.count
    let passed = "\(file.results.count - failed) passed"
    return failed == 0
      ? "\(file.path): \(terminal.green(passed))" : "\(file.path): \(passed), \(terminal.red("\(failed) failed"))"
  }

  /// What failed, with what was sent and the way that it went.
  func failure(_ result: TestResult) -> [String] {
    let test = result.test
    var lines = [
      "\(terminal.red("failed:")) \(terminal.bold(TextDiff.printable(test.name))) \(terminal.dim("(\(test.place))"))"
    ]
    lines += result.diagnostics.flatMap { $0.rendered.split(separator: "\n").map { "  \($0)" } }
    for failure in result.failures {
      lines.append("  \(failure.subject) \(terminal.dim("(\(failure.place))"))")
      lines += TextDiff(expected: failure.expected, actual: failure.actual).lines(terminal).map { "    \($0)" }
    }
    guard let failed = result.failed else { return lines }
    lines.append("  \(terminal.dim("sent:"))")
    lines += sent(failed).map { "    \($0)" }
    lines.append("  \(terminal.dim("what each step did:"))")
    var printer = TracePrinter(
      terminal: terminal, width: (failed.trace.map(\.step.count).max() ?? 0) + 2, written: { TextDiff.cut($0) })
    for (index, entry) in failed.trace.enumerated() {
      printer.number = index + 1
      lines += printer.lines(entry).map { "   \($0)" }
    }
    return lines
  }

  private func sent(_ result: RehearsalResult) -> [String] {
    let (request, redaction) = (result.request, result.redaction)
    let target = TextDiff.cut(redaction.shown(target: request.target))
    let fields = request.fields.prefix(20).map { TextDiff.cut("\($0.name): \(redaction.shown($0))") }
    let more = request.fields.count > 20 ? ["… and \(request.fields.count - 20) more fields"] : []
    let body = request.body.readableBytes
    return ["\(request.method) \(target)"] + fields + more + (body > 0 ? ["(a body of \(body) octets)"] : [])
  }
}
