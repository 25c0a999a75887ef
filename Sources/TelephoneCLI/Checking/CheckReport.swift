import PipelineFile

/// What `telephone check` found.
struct CheckReport: Sendable {
  /// What was said about one of the files that were named.
  struct File: Sendable {
    var path: String
    /// Whether it holds nothing but tests.
    var isTestFile: Bool
    /// How many stages or tests there are; `nil` if the file cannot be used.
    var count: Int?
    var diagnostics: [Diagnostic] = []
    /// What came of each step with `--connect`.
    var connections: [StepFinding] = []

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    var hasWarnings: Bool { diagnostics.contains { $0.severity == .warning } }
    var noun: String { isTestFile ? "test" : "stage" }
  }

  /// What came of building one step, and of reaching what it needs.
  struct StepFinding: Sendable, Encodable {
    var step: String
    var verdict: Finding.Verdict
    var sentence: String

    init(_ step: String, _ verdict: Finding.Verdict, _ sentence: String) {
      self.step = step
      self.verdict = verdict
      self.sentence = sentence
    }
  }

  var files: [File]
  /// Whether a warning is a problem.
  var deniesWarnings: Bool

  /// All that was said, each once: two files may include the same fragment.
  var diagnostics: [Diagnostic] {
    var seen: Set<Diagnostic> = []
    return files.flatMap(\.diagnostics).filter { seen.insert($0).inserted }
  }

  var isGood: Bool { files.allSatisfy(isGood) }

  func isGood(_ file: File) -> Bool { !file.hasErrors && !(deniesWarnings && file.hasWarnings) }

  func count(_ severity: Diagnostic.Severity) -> Int { diagnostics.count { $0.severity == severity } }
}
