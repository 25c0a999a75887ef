import Foundation
import Logging

/// Writes a line of the log for people: time, level, label, message, then `name=value`. A value that has a space, a quote, an
/// equals sign or something unsafe in it stands in quotes, with back slashes as in JSON.
struct TextLine {
  var hasColor: Bool

  func line(_ entry: LogEntry) -> String {
    let level = entry.level.rawValue.padded(to: 7)
    var line = "\(dim(LogFormat.timestamp(entry.date))) \(colored(level, entry.level)) "
    line.reserveCapacity(Self.usualLine)
    line += Self.plain(entry.label)
    line += ": "
    line += Self.plain(entry.message)
    for field in entry.fields {
      let value =
        switch field.value {
        case .text(let text): Self.quoted(text)
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        case .boolean(let flag): flag ? "true" : "false"
        }
      let name = dim(Self.plain(field.name) + "=")
      guard line.utf8.count + name.utf8.count + value.utf8.count + 9 <= LogFormat.longestLine else {
        return "\(line) …\n"
      }
      line += " "
      line += name
      line += value
    }
    return line + "\n"
  }

  private static func quoted(_ text: String) -> String {
    isBare(text) ? text : "\"\(plain(text, escapesQuotes: true))\""
  }

  private static func isBare(_ text: String) -> Bool {
    if text.isEmpty || text.utf8.count > LogFormat.longestValue { return false }
    return text.utf8.allSatisfy(bareValue.contains)
      || text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && $0 != "\\" && !$0.isUnsafe }
  }

  /// The text without what could break the line, cut to ``LogFormat/longestValue``.
  private static func plain(_ text: String, escapesQuotes: Bool = false) -> String {
    if isPlain(text, in: escapesQuotes ? quotedValue : printable) { return text }
    var result = ""
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
      guard result.utf8.count + written.utf8.count <= LogFormat.longestValue else { return result + LogFormat.ellipsis }
      result += written
    }
    return result
  }

  /// Whether a text of usual length has no octet but these: then it stands as it is.
  private static func isPlain(_ text: String, in allowed: OctetSet) -> Bool {
    text.utf8.count <= LogFormat.longestValue && text.utf8.allSatisfy(allowed.contains)
  }

  /// ASCII that needs no escape.
  private static let printable = OctetSet(0x20..<0x7F)
  private static let quotedValue = OctetSet(
    (0x20..<0x7F).filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
  private static let bareValue = OctetSet((0x21..<0x7F).filter { !#""\="#.utf8.contains($0) })
  private static let usualLine = 320

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
