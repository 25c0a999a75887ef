import Foundation
import PipelineFile
import Rehearsal

/// Chooses tests by what stands in their file's path and name.
struct TestFilter: Sendable {
  private let text: String

  init(_ text: String) { self.text = text }

  /// A text that is no regular expression is just a text.
  func chooses(_ test: PipelineTest, in file: String) -> Bool {
    let name = "\(file): \(test.name)"
    if name.contains(text) { return true }
    guard let pattern = try? Regex(text) else { return false }
    return name.contains(pattern)
  }
}

/// What came of the tests of some files.
struct TestReport: Sendable {
  struct File: Sendable {
    var path: String
    /// `nil` if the file could not be used.
    var suite: TestSuite?
    /// What is wrong with it, and warnings.
    var diagnostics: [Diagnostic] = []
    var results: [TestResult] = []

    var failed: [TestResult] { results.filter { !$0.hasPassed } }
  }

  var files: [File]
  /// Whether some tests were left out.
  var isFiltered: Bool

  var results: [TestResult] { files.flatMap(\.results) }
  /// Whether there were tests, and all went well.
  var hasPassed: Bool {
    !results.isEmpty && files.allSatisfy { $0.suite != nil && $0.failed.isEmpty }
  }
}

/// Loads the tests of files and runs them, all at once.
struct TestRun: Sendable {
  let files: [String]
  let filter: TestFilter?

  func run(_ loader: PipelineLoader, _ runner: TestRunner) async -> TestReport {
    var report = TestReport(files: files.map { Self.load($0, loader) }, isFiltered: filter != nil)
    let chosen = report.files.map { file in
      (file.suite?.tests ?? []).filter { filter?.chooses($0, in: file.path) ?? true }
    }
    var results = await runner.run(
      chosen.flatMap { $0 }, atOnce: ProcessInfo.processInfo.activeProcessorCount * 2)[...]
    for index in report.files.indices {
      report.files[index].results = Array(results.prefix(chosen[index].count))
      results = results.dropFirst(chosen[index].count)
    }
    return report
  }

  private static func load(_ path: String, _ loader: PipelineLoader) -> TestReport.File {
    do {
      let suite =
        if TestFile.isTestFile(path) {
          try TestSuite.load(testFile: path, by: loader)
        } else {
          try TestSuite.load(of: try DefaultPipeline.load(path, by: loader), by: loader)
        }
      return TestReport.File(path: path, suite: suite, diagnostics: suite.notes)
    } catch {
      return TestReport.File(path: path, diagnostics: error.diagnostics)
    }
  }
}
