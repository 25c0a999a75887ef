import PipelineFile
import TelephoneKit

/// A report as one JSON object.
struct CheckJSON: Encodable {
  struct File: Encodable {
    var file: String
    var kind: String
    var good: Bool
    /// How many stages there are; not there if the file cannot be used, or holds tests only.
    var stages: Int?
    var tests: Int?
    /// With `--connect`.
    var steps: [CheckReport.StepFinding]?
  }

  struct Entry: Encodable {
    var rule: String
    var severity: String
    var file: String
    var line: Int
    var column: Int
    var message: String
  }

  var good: Bool
  var errors: Int
  var warnings: Int
  var files: [File]
  var diagnostics: [Entry]

  init(_ report: CheckReport) {
    good = report.isGood
    errors = report.count(.error)
    warnings = report.count(.warning)
    files = report.files.map { file in
      File(
        file: file.path, kind: file.isTestFile ? "tests" : "pipeline", good: report.isGood(file),
        stages: file.isTestFile ? nil : file.count, tests: file.isTestFile ? file.count : nil,
        steps: file.connections.isEmpty ? nil : file.connections)
    }
    diagnostics = report.diagnostics.map {
      Entry(
        rule: $0.rule.rawValue, severity: $0.severity.rawValue, file: $0.place.file, line: $0.place.line,
        column: $0.place.column, message: $0.sentence)
    }
  }
}
