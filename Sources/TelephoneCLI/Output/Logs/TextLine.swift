import Foundation
import Logging

/// Writes a line of the log for people: time, level, label, message, then `name=value`. A value that has a space, a quote, an
/// equals sign or something unsafe in it stands in quotes, with back slashes as in JSON.
struct TextLine {
  var hasColor: Bool

  func line(_ entry: LogEntry) -> String {
    let level = entry.level.rawValue.padded(to: 7)
    var line = "\(dim(LogFormat.timestamp(entry.date))) \(colored(level, entry.level)) "
    line += Self.plain(entry.label, mayBeBare: { _ in true })
    line += ": "
    line += Self.plain(entry.message, mayBeBare: { _ in true })
    for field in entry.fields {
      let value =
        switch field.value {
        case .text(let text): Self.quoted(text)
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        case .boolean(let flag): flag ? "true" : "false"
        }
      let member = " \(dim("\(Self.plain(field.name, mayBeBare: { _ in true }))="))\(value)"
      guard line.utf8.count + member.utf8.count + 8 <= LogFormat.longestLine else { return "\(line) …\n" }
      line += member
    }
    return line + "\n"
  }

  private static func quoted(_ text: String) -> String {
    let isBare =
      !text.isEmpty && text.utf8.count <= LogFormat.longestValue
      && text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && $0 != "\\" && !$0.isUnsafe }
    return isBare ? text : "\"\(plain(text, mayBeBare: { $0 != "\"" && $0 != "\\" }))\""
  }

  /// The text without what could break the line, cut to ``LogFormat/longestValue``.
  private static func plain(_ text: String, mayBeBare: (Unicode.Scalar) -> Bool) -> String {
    if text.utf8.count <= LogFormat.longestValue,
      text.unicodeScalars.allSatisfy({ !$0.isUnsafe && mayBeBare($0) })
    {
      return text
    }
    var result = ""
    for scalar in text.unicodeScalars {
      let written: String =
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case _ where scalar.isUnsafe: "\\u{\(String(scalar.value, radix: 16))}"
        default: mayBeBare(scalar) ? String(scalar) : "\\\(scalar)"
        }
      guard result.utf8.count + written.utf8.count <= LogFormat.longestValue else { return result + LogFormat.ellipsis }
      result += written
    }
    return result
  }

  private func dim(_ text: String) -> String { hasColor ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

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
