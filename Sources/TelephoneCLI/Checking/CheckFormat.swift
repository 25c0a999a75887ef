import ArgumentParser
import Foundation
import PipelineFile
import TelephoneKit

/// How `telephone check` tells what it found.
enum CheckFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// Lines for a person.
  case text
  /// One JSON object.
  case json
  /// SARIF 2.1.0, for code scanning.
  case sarif
  /// Commands of a GitHub workflow, which shows them beside the lines of a change.
  case github

  func lines(_ report: CheckReport, terminal: Terminal) throws -> [String] {
    switch self {
    case .text: report.text(terminal)
    case .json: [try JSONEncoder.report(CheckJSON(report))]
    case .sarif: [try JSONEncoder.report(SARIFLog(report))]
    case .github: report.diagnostics.map(GitHubCommand.text)
    }
  }
}

/// A command that a GitHub workflow takes from the output of a step.
enum GitHubCommand {
  static func text(_ diagnostic: Diagnostic) -> String {
    let name = diagnostic.severity == .note ? "notice" : diagnostic.severity.rawValue
    let place = diagnostic.place
    let properties = [
      "file=\(property(place.file))", "line=\(place.line)", "col=\(place.column)",
      "title=\(property(diagnostic.rule.rawValue))",
    ]
    return "::\(name) \(properties.joined(separator: ","))::\(message(diagnostic.sentence))"
  }

  private static func message(_ text: String) -> String { escaped(text, ["%", "\r", "\n"]) }

  private static func property(_ text: String) -> String { escaped(text, ["%", "\r", "\n", ":", ","]) }

  /// By scalars: a carriage return and a line feed are one character together.
  private static func escaped(_ text: String, _ special: Set<Unicode.Scalar>) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      if special.contains(scalar) {
        escaped += (scalar.value < 16 ? "%0" : "%") + String(scalar.value, radix: 16, uppercase: true)
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
