import Foundation
import Logging
import TelephoneKit
import Testing

@testable import TelephoneCLI

/// Whatever is in a value, a line is one line, and a machine can read it.
@Suite struct LogLineTests {
  private static let date = Date(timeIntervalSince1970: 1_769_860_800.125)

  /// Octets and characters that break lines, JSON or a terminal, or look as if they did.
  static let hostile = [
    "", " ", "\"", "\\", "\\n", "\n", "\r\n", "\t", "\u{0}", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}",
    "\u{202E}abc", "\u{2066}", "\u{FEFF}", "\u{200F}", "\u{FFFD}", "a=b", "\" level=error x=\"", "\"},{\"a\":\"", "é€",
    "👩‍👩‍👧‍👦🇩🇪", "e\u{301}", "\u{10FFFF}", "‹secret›", String(decoding: [0x61, 0xFF, 0xC0, 0x80], as: UTF8.self),
  ]

  private func entry(_ fields: [LogEntry.Field], message: String = "it happened") -> LogEntry {
    LogEntry(date: Self.date, level: .info, label: "telephone", message: message, fields: fields)
  }

  private func members(_ line: String) throws -> [String: Any] {
    try #require(line.hasSuffix("\n"))
    #expect(line.dropLast().unicodeScalars.allSatisfy { !$0.isUnsafe })
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(object as? [String: Any])
  }

  @Test func `a line of JSON has time, level, label, message and the fields`() throws {
    let line = LogFormat.json.line(
      entry([
        .init("path", .text("/a")), .init("status", .integer(200)), .init("ms", .number(1.25)),
        .init("ready", .boolean(true)),
      ]))
    #expect(
      line == #"{"ts":"2026-01-31T12:00:00.125Z","level":"info","label":"telephone","message":"it happened","#
        + #""path":"/a","status":200,"ms":1.25,"ready":true}"# + "\n")
  }

  @Test func `a line of text has the same, for people`() {
    let line = LogFormat.text.line(
      entry([
        .init("path", .text("/a")), .init("agent", .text("a b")), .init("status", .integer(200)),
        .init("ms", .number(1.25)), .init("ready", .boolean(false)), .init("none", .text("")),
      ]))
    #expect(
      line == "2026-01-31T12:00:00.125Z info    telephone: it happened path=/a agent=\"a b\" status=200 ms=1.25 "
        + "ready=false none=\"\"\n")
  }

  @Test(arguments: [0, -1, 9, 10, 99, 100, 1_234_567_890, .min, .max])
  func `a number is its digits`(_ number: Int) throws {
    let entry = entry([.init("n", .integer(number))])
    #expect(LogFormat.text.line(entry).hasSuffix(" n=\(number)\n"))
    #expect(try members(LogFormat.json.line(entry))["n"] as? Int == number)
  }

  @Test(arguments: Logger.Level.allCases)
  func `what follows the level of a line of text stands in one column`(_ level: Logger.Level) {
    let entry = LogEntry(date: Self.date, level: level, label: "telephone", message: "it happened", fields: [])
    let name = level.rawValue + String(repeating: " ", count: max(0, 7 - level.rawValue.count))
    #expect(LogFormat.text.line(entry) == "2026-01-31T12:00:00.125Z \(name) telephone: it happened\n")
  }

  @Test(arguments: hostile)
  func `JSON gives back what went in, wherever it stood`(_ text: String) throws {
    let line = LogFormat.json.line(entry([.init("x\(text)", .text(text))], message: text))
    let members = try members(line)
    #expect(members.count == 5)
    #expect(members["message"] as? String == text)
    #expect(members["x\(text)"] as? String == text)
  }

  @Test(arguments: hostile)
  func `a line of text stays one line, and a value ends where it ends`(_ text: String) throws {
    let line = LogFormat.text.line(entry([.init("a", .text(text)), .init("b", .integer(1))], message: text))
    #expect(line.hasSuffix(" b=1\n"))
    #expect(line.dropLast().unicodeScalars.allSatisfy { !$0.isUnsafe })
    let begin = try #require(line.range(of: " a=", options: .backwards)?.upperBound)
    let value = line[begin...].dropLast(" b=1\n".count)
    guard value.first == "\"" else {
      #expect(value == text)
      return
    }
    // Within the quotes every quote has an odd number of back slashes before it.
    var isEscaped = false
    for character in value.dropFirst().dropLast().unicodeScalars {
      #expect(character != "\"" || isEscaped)
      isEscaped = character == "\\" && !isEscaped
    }
    #expect(!isEscaped && value.last == "\"" && value.count >= 2)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a number that JSON does not have is null`(_ number: Double) throws {
    #expect(try members(LogFormat.json.line(entry([.init("n", .number(number))])))["n"] is NSNull)
    #expect(LogFormat.text.line(entry([.init("n", .number(number))])).hasSuffix(" n=\(number)\n"))
  }

  @Test(arguments: [0, -0.0, 1e-7, Double.leastNonzeroMagnitude, 1.7976931348623157e308, -12.5])
  func `any other number is read back`(_ number: Double) throws {
    #expect(try members(LogFormat.json.line(entry([.init("n", .number(number))])))["n"] as? Double == number)
  }

  @Test func `names that the line has itself are told apart`() throws {
    let names = ["ts", "level", "label", "message", "truncated"]
    let members = try members(LogFormat.json.line(entry(names.map { .init($0, .text("mine")) })))
    #expect(members["level"] as? String == "info")
    #expect(members["message"] as? String == "it happened")
    for name in names { #expect(members["metadata.\(name)"] as? String == "mine") }
    #expect(members["truncated"] == nil)
  }

  @Test(arguments: LogFormat.allCases)
  func `long values and long lines are cut, and stay whole lines`(_ format: LogFormat) throws {
    for text in [
      String(repeating: "x", count: 100_000), String(repeating: "\n", count: 9000),
      "😀" + String(repeating: "é", count: 9000),
    ] {
      let line = format.line(entry([.init("long", .text(text)), .init("after", .integer(1))], message: text))
      // Message and value, each with what it takes to write it.
      #expect(line.utf8.count <= 2 * LogFormat.longestValue + 200)
      #expect(line.contains("…"))
      if format == .json {
        #expect(try members(line)["after"] as? Int == 1)
      } else {
        #expect(line.hasSuffix(" after=1\n"))
      }
    }
    let many = (0..<100).map { LogEntry.Field("field-\($0)", .text(String(repeating: "y", count: 5000))) }
    let line = format.line(entry(many))
    #expect(line.utf8.count <= LogFormat.longestLine)
    #expect(line.utf8.count > LogFormat.longestLine - 6000)
    if format == .json {
      #expect(try members(line)["truncated"] as? Bool == true)
    } else {
      #expect(line.hasSuffix(" …\n"))
    }
  }

  @Test(arguments: Logger.Level.allCases)
  func `colour is for text on a terminal, and never for JSON`(_ level: Logger.Level) {
    let entry = LogEntry(
      date: Self.date, level: level, label: "telephone", message: "it", fields: [.init("a", .text("b"))])
    #expect(LogFormat.text.line(entry, hasColor: true).contains("\u{1B}["))
    #expect(!LogFormat.text.line(entry).contains("\u{1B}"))
    #expect(LogFormat.json.line(entry, hasColor: true) == LogFormat.json.line(entry))
    #expect(
      LogFormat.text.line(entry, hasColor: true).replacing(/\u{1B}\[\d+m/, with: "") == LogFormat.text.line(entry))
  }
}
