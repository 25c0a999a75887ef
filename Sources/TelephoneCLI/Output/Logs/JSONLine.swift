import Foundation
import Logging
import TelephoneKit

/// Writes a line of the log as an object of JSON, never longer than ``LogFormat/longestLine``: fields that do not fit are
/// left out, and the member `truncated` says so.
struct JSONLine {
  private static let reserved: Set<String> = ["ts", "level", "label", "message", "truncated"]
  private static let end = ",\"truncated\":true}\n"

  /// Appends the line, with its line feed.
  func append(_ entry: LogEntry, to line: inout LogText) {
    let start = line.count
    line += "{\"ts\":\"\(Timestamp.text(of: entry.date))\",\"level\":\"\(entry.level.rawValue)\",\"label\":"
    Self.append(entry.label, to: &line)
    line += ",\"message\":"
    Self.append(entry.message, to: &line)
    for field in entry.fields {
      let end = line.count
      line.append(",")
      Self.append(Self.reserved.contains(field.name) ? "metadata.\(field.name)" : field.name, to: &line)
      line.append(":")
      switch field.value {
      case .text(let text): Self.append(text, to: &line)
      case .integer(let number): line.append(number)
      case .number(let number): line += number.isFinite ? number.description : "null"
      case .boolean(let flag): line += flag ? "true" : "false"
      }
      guard line.count - start + Self.end.utf8.count <= LogFormat.longestLine else {
        line.cut(to: end)
        line += Self.end
        return
      }
    }
    line += "}\n"
  }

  /// Appends a string of JSON, cut to ``LogFormat/longestValue``.
  private static func append(_ text: String, to line: inout LogText) {
    line.append("\"")
    defer { line.append("\"") }
    if line.append(text, ofAtMost: LogFormat.longestValue, in: .quotedText) { return }
    var room = LogFormat.longestValue
    for scalar in text.unicodeScalars {
      let written: String
      switch scalar {
      case "\"", "\\": written = "\\\(scalar)"
      case "\n": written = "\\n"
      case "\r": written = "\\r"
      case "\t": written = "\\t"
      case _ where scalar.isUnsafe:
        let digits = String(scalar.value, radix: 16)
        written = "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      default: written = String(scalar)
      }
      room -= written.utf8.count
      guard room >= 0 else {
        line += LogFormat.ellipsis
        return
      }
      line += written
    }
  }
}
