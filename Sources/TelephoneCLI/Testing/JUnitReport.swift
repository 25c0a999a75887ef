import PipelineFile
import Rehearsal
import TelephoneKit

/// The results as build servers read them: the XML of JUnit.
struct JUnitReport {
  let text: String

  init(_ report: TestReport) {
    let printer = TestReportPrinter(terminal: .plain)
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    let results = report.results
    let failures = results.count { !$0.hasPassed }
    let errors = report.files.count { $0.suite == nil }
    lines.append(
      "<testsuites tests=\"\(results.count + errors)\" failures=\"\(failures)\" errors=\"\(errors)\" "
        + "time=\"\(Self.seconds(results))\">")
    for file in report.files {
      let isUnusable = file.suite == nil
      lines.append(
        "  <testsuite name=\"\(Self.escaped(file.path))\" tests=\"\(file.results.count + (isUnusable ? 1 : 0))\" "
          + "failures=\"\(file.failed.count)\" errors=\"\(isUnusable ? 1 : 0)\" time=\"\(Self.seconds(file.results))\">"
      )
      if isUnusable {
        let text = file.diagnostics.map(\.rendered).joined(separator: "\n")
        lines.append("    <testcase classname=\"\(Self.escaped(file.path))\" name=\"the file can be used\" time=\"0\">")
        lines.append("      <error message=\"the file cannot be used\">\(Self.escaped(text))</error>")
        lines.append("    </testcase>")
      }
      for result in file.results { lines += Self.lines(result, in: file.path, printer) }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ result: TestResult, in file: String, _ printer: TestReportPrinter) -> [String] {
    let test = result.test
    let head =
      "    <testcase classname=\"\(escaped(file))\" name=\"\(escaped(test.name))\" file=\"\(escaped(test.place.file))\" "
      + "line=\"\(test.place.line)\" time=\"\(seconds([result]))\""
    guard !result.hasPassed else { return [head + "/>"] }
    let message =
      result.failures.map { "\($0.subject): expected \($0.expected.prefix(200)), found \($0.actual.prefix(200))" }
      + result.diagnostics.map(\.headline)
    return [
      head + ">",
      "      <failure message=\"\(escaped(message.joined(separator: "; ")))\">"
        + "\(escaped(printer.failure(result).joined(separator: "\n")))</failure>",
      "    </testcase>",
    ]
  }

  private static func seconds(_ results: [TestResult]) -> String {
    let milliseconds = results.reduce(0) { $0 + $1.duration.inSeconds } * 1000
    return "\((milliseconds * 1000).rounded() / 1_000_000)"
  }

  /// Text for content and attributes, without what XML 1.0 (2.2) does not allow.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n": escaped += "&#10;"
      case "\t": escaped += "&#9;"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): escaped += "\u{FFFD}"
      case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
