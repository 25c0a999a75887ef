import ArgumentParser
import Foundation
import Logging

/// How a line of the log is written. Whatever a client puts into a value, it stays one line.
package enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// `2026-01-31T12:00:00.000Z info telephone: message name=value …`, for people.
  case text
  /// One object of JSON (RFC 8259) for each line: `ts`, `level`, `label`, `message`, and the fields beside them.
  case json

  /// The longest line, in octets, its line feed among them.
  package static let longestLine = 64 * 1024
  /// The longest value, in octets as it is written. The rest is cut off.
  package static let longestValue = 8 * 1024
  /// What stands where the rest was cut off.
  static let ellipsis = "…"

  /// - Parameter hasColor: whether text may have the colours of a terminal.
  /// - Returns: the line with its line feed.
  package func line(_ entry: LogEntry, hasColor: Bool = false) -> String {
    var line = LogText()
    append(entry, hasColor: hasColor, to: &line)
    return line.description
  }

  /// Appends the line to those before it, which costs less.
  func append(_ entry: LogEntry, hasColor: Bool = false, to text: inout LogText) {
    switch self {
    case .text: TextLine(hasColor: hasColor).append(entry, to: &text)
    case .json: JSONLine().append(entry, to: &text)
    }
  }
}
