package import TelephoneKit

/// One thing to say about a pipeline file.
package struct Diagnostic: Error, Sendable, Hashable {
  package enum Severity: String, Sendable {
    case error
    case warning
    case note
  }

  package var severity: Severity
  /// Names what it is about, the same in every version.
  package var rule: DiagnosticRule
  package var place: Place
  /// What is wrong and, where that can be said, what to do: without a capital and a full stop.
  package var sentence: String
  /// The line that it is about; `nil` if there is none, as in a file that cannot be read.
  package var excerpt: SourceExcerpt?

  package init(_ severity: Severity, _ rule: DiagnosticRule = .pipeline, at place: Place, _ sentence: String) {
    self.severity = severity
    self.rule = rule
    self.place = place
    self.sentence = sentence.printable()
  }

  /// `file:line:column: error: sentence`.
  package var headline: String { "\(place): \(severity.rawValue): \(sentence)" }

  /// The headline, and below it the line of the source with a caret under the place.
  package var rendered: String {
    guard let excerpt else { return headline }
    return "\(headline)\n\(excerpt.line)\n\(excerpt.caret)"
  }
}

extension Place {
  /// As it is named in a sentence about another place.
  func shown(from other: Place) -> String { file == other.file ? "line \(line)" : "\(self)" }
}

/// All that is wrong with a pipeline file, found in one pass and in the order of the source.
package struct PipelineFileError: Error, Sendable, CustomStringConvertible {
  package var diagnostics: [Diagnostic]

  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  package var description: String { diagnostics.map(\.rendered).joined(separator: "\n") }
}
