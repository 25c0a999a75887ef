import PipelineFile

extension CheckReport {
  /// The lines of each file: what is wrong, then in a word how it stands.
  func text(_ terminal: Terminal) -> [String] {
    files.flatMap { file in
      file.diagnostics.map(\.rendered) + [verdict(of: file)] + file.connections.map { line($0, of: file, terminal) }
    }
  }

  private func verdict(of file: File) -> String {
    if isGood(file), let count = file.count { return "\(file.path): ok, \(FindingPrinter.count(count, file.noun))" }
    let (errors, warnings) = (
      file.diagnostics.count { $0.severity == .error }, file.diagnostics.count { $0.severity == .warning }
    )
    let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { FindingPrinter.count($0.0, $0.1) }
    return "\(file.path): \(counts.joined(separator: ", "))"
  }

  private func line(_ finding: StepFinding, of file: File, _ terminal: Terminal) -> String {
    let width = file.connections.map(\.step.count).max() ?? 0
    return "  \(terminal.column(finding.verdict))  \(finding.step.padded(to: width))  \(finding.sentence)"
  }
}
