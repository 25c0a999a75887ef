import Foundation
import Logging
import TelephoneKit

/// Writes a line of the log for people: time, level, label, message, then `name=value`. A value that has a space, a quote, an
/// equals sign or something unsafe in it stands in quotes, with back slashes as in JSON.
struct TextLine {
  var hasColor: Bool

  /// Appends the line, with its line feed.
  func append(_ entry: LogEntry, to text: inout String) {
    let start = text.utf8.count
    text += dim(LogFormat.timestamp(entry.date))
    text += " "
    text += colored(entry.level.rawValue.padded(to: 7), entry.level)
    text += " "
    Self.append(entry.label, to: &text)
    text += ": "
    Self.append(entry.message, to: &text)
    for field in entry.fields {
      let end = text.utf8.count
      text += " "
      if hasColor { text += Self.dimmed }
      Self.append(field.name, to: &text)
      text += "="
      if hasColor { text += Self.undimmed }
      switch field.value {
      case .text(let value): Self.append(value: value, to: &text)
      case .integer(let number): text += String(number)
      case .number(let number): text += number.description
      case .boolean(let flag): text += flag ? "true" : "false"
      }
      guard text.utf8.count - start + Self.end.utf8.count + 3 <= LogFormat.longestLine else {
        text.removeSubrange(text.utf8.index(text.startIndex, offsetBy: end)...)
        text += Self.end
        return
      }
    }
    text += "\n"
  }

  private static func append(value: String, to text: inout String) {
    if isBare(value) {
      text += value
    } else {
      text += "\""
      append(value, to: &text, escapesQuotes: true)
      text += "\""
    }
  }

  private static func isBare(_ text: String) -> Bool {
    if text.isEmpty || text.utf8.count > LogFormat.longestValue { return false }
    return text.utf8.allSatisfy { bareValue.contains($0) }
      || text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && $0 != "\\" && !$0.isUnsafe }
  }

  /// Appends a text without what could break the line, cut to ``LogFormat/longestValue``.
  private static func append(_ text: String, to line: inout String, escapesQuotes: Bool = false) {
    if isPlain(text, in: escapesQuotes ? quotedValue : printable) {
      line += text
      return
    }
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

  /// Whether a text of usual length has no octet but these: then it stands as it is.
  private static func isPlain(_ text: String, in allowed: OctetSet) -> Bool {
    text.utf8.count <= LogFormat.longestValue && text.utf8.allSatisfy { allowed.contains($0) }
  }

  /// ASCII that needs no escape.
  private static let printable = OctetSet(0x20..<0x7F)
  private static let quotedValue = OctetSet(
    (0x20..<0x7F).filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
  private static let bareValue = OctetSet((0x21..<0x7F).filter { !#""\="#.utf8.contains($0) })
  /// What stands behind the last field of a line that is too long.
  private static let end = " …\n"
  private static let (dimmed, undimmed) = ("\u{1B}[2m", "\u{1B}[0m")

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
