/// What a diagnostic is about. The names are for programs: reports carry them, and they stay the same.
package enum DiagnosticRule: String, Sendable, Hashable, CaseIterable {
  /// What makes a file unusable.
  case pipeline
  /// A stage could not be built, or does not reach what it needs; only told when connections are tried.
  case connection
  case neverRuns = "never-runs"
  case beforeCanonicalPath = "before-canonical-path"
  case pathSpelling = "path-spelling"
  case beforeClaims = "before-claims"
  case hostBits = "host-bits"
  case undeclaredVariable = "undeclared-variable"
  case variableExample = "variable-example"

  /// What is said by it, in a sentence.
  package var summary: String {
    switch self {
    case .pipeline: "The file cannot be used as it is."
    case .connection: "A stage does not reach what it needs."
    case .neverRuns: "No exchange can get to this step, or match its condition."
    case .beforeCanonicalPath: "The path is looked at before a stage makes it canonical."
    case .pathSpelling: "A path is written as no canonical path is, so it matches nothing."
    case .beforeClaims: "The claims of a token are used before a stage has verified one."
    case .hostBits: "An address range has bits set behind its prefix."
    case .undeclaredVariable: "A test sets a variable that the pipeline does not declare."
    case .variableExample: "A variable is not set; the example of the file stands in for it."
    }
  }

  /// How grave it is as a rule.
  package var severity: Diagnostic.Severity {
    switch self {
    case .pipeline, .connection: .error
    case .neverRuns, .beforeCanonicalPath, .pathSpelling, .beforeClaims, .hostBits, .undeclaredVariable: .warning
    case .variableExample: .note
    }
  }
}
