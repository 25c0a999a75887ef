import Foundation
import Logging
import TelephoneKit

/// Writes a line of the log for people: time, level, label, message, then `name=value`. A value that has a space, a quote, an
/// equals sign or something unsafe in it stands in quotes, with back slashes as in JSON.
struct TextLine {
  var hasColor: Bool

  /// Appends the line, with its line feed.
  func append(_ entry: LogEntry, to text: inout LogText) {
    let start = text.count
    text += dim(Timestamp.text(of: entry.date))
    text.append(" ")
    text += colored(Self.padded(entry.level), entry.level)
    text.append(" ")
    Self.append(entry.label, to: &text)
    text += ": "
    Self.append(entry.message, to: &text)
    for field in entry.fields {
      let end = text.count
      text.append(" ")
      if hasColor { text += Self.dimmed }
      Self.append(field.name, to: &text)
      text.append("=")
      if hasColor { text += Self.undimmed }
      switch field.value {
      case .text(let value): Self.append(value: value, to: &text)
      case .integer(let number): text.append(number)
      case .number(let number): text += number.description
      case .boolean(let flag): text += flag ? "true" : "false"
      }
      guard text.count - start + Self.end.utf8.count + 3 <= LogFormat.longestLine else {
        text.cut(to: end)
        text += Self.end
        return
      }
    }
    text.append("\n")
  }

  private static func append(value: String, to text: inout LogText) {
    if !value.isEmpty, value.utf8.count <= LogFormat.longestValue {
      if text.append(value, ofAtMost: LogFormat.longestValue, in: bareValue) { return }
      if isBare(value) {
        text += value
        return
      }
    }
    text.append("\"")
    append(value, to: &text, escapesQuotes: true)
    text.append("\"")
  }

  private static func isBare(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && $0 != "\\" && !$0.isUnsafe }
  }

  /// Appends a text without what could break the line, cut to ``LogFormat/longestValue``.
  private static func append(_ text: String, to line: inout LogText, escapesQuotes: Bool = false) {
    let plain = escapesQuotes ? OctetSet.quotedText : printable
    if line.append(text, ofAtMost: LogFormat.longestValue, in: plain) { return }
    var room = LogFormat.longestValue
    for scalar in text.unicodeScalars {
      let written: String =
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case _ where scalar.isUnsafe: "\\u{\(String(scalar.value, radix: 16))}"
        case "\"", "\\": escapesQuotes ? "\\\(scalar)" : String(scalar)
        default: String(scalar)
        }
      room -= written.utf8.count
      guard room >= 0 else {
        line += LogFormat.ellipsis
        return
      }
      line += written
    }
  }

  /// ASCII that needs no escape.
  private static let printable = OctetSet(0x20..<0x7F)
  private static let bareValue = OctetSet((0x21..<0x7F).filter { !#""\="#.utf8.contains($0) })
  /// What stands behind the last field of a line that is too long.
  private static let end = " …\n"
  private static let (dimmed, undimmed) = ("\u{1B}[2m", "\u{1B}[0m")

  /// The name of a level, filled up to seven characters.
  private static func padded(_ level: Logger.Level) -> String {
    switch level {
    case .trace: "trace  "
    case .debug: "debug  "
    case .info: "info   "
    case .notice: "notice "
    case .warning: "warning"
    case .error: "error  "
    case .critical: "critical"
    }
  }

  private func dim(_ text: String) -> String { hasColor ? Self.dimmed + text + Self.undimmed : text }

  private func colored(_ text: String, _ level: Logger.Level) -> String {
    guard hasColor else { return text }
    let code =
      switch level {
      case .trace, .debug: 2
      case .info, .notice: 32
      case .warning: 33
      case .error, .critical: 31
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
