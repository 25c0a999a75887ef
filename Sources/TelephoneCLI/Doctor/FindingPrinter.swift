import ArgumentParser
import Foundation
import TelephoneKit

/// Writes findings, each as soon as it is known.
struct FindingPrinter: Sendable {
  enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// A line for a person.
    case text
    /// A JSON object on each line, and one with the counts at the end.
    case json
  }

  let format: Format
  var terminal = Terminal.output

  func print(_ finding: Finding, of step: DoctorStep, after elapsed: Duration) {
    switch format {
    case .text: for line in lines(finding, of: step, after: elapsed) { terminal.print(line) }
    case .json:
      printJSON(
        Line(
          step: step.rawValue, verdict: finding.verdict.rawValue,
          milliseconds: (elapsed.inSeconds * 1e5).rounded() / 100, sentence: finding.sentence, advice: finding.advice,
          details: finding.details.isEmpty ? nil : finding.details))
    }
  }

  /// The last line.
  func printSum(_ verdicts: [Finding.Verdict]) {
    let (failed, warnings) = (verdicts.count { $0 == .failed }, verdicts.count { $0 == .warning })
    switch format {
    case .json: printJSON(Sum(failed: failed, warnings: warnings, skipped: verdicts.count { $0 == .skipped }))
    case .text:
      let words =
        switch (failed, warnings) {
        case (0, 0): terminal.green("Nothing is wrong.")
        case (0, _): terminal.yellow("Nothing failed; \(Self.count(warnings, "warning")).")
        default: terminal.red("\(Self.count(failed, "step")) failed; mend the first one first.")
        }
      terminal.print("\n\(words)")
    }
  }

  private func lines(_ finding: Finding, of step: DoctorStep, after elapsed: Duration) -> [String] {
    let time = finding.verdict == .skipped ? "-" : TracePrinter.time(elapsed)
    let column = String(repeating: " ", count: max(0, 9 - time.count)) + time
    let advice = finding.advice.map { " -> \($0)" } ?? ""
    let head = "\(terminal.column(finding.verdict))  \(step.rawValue.padded(to: 9))\(terminal.dim(column))"
    return ["\(head)  \(Self.plain(finding.sentence + advice))"]
      + finding.details.map { String(repeating: " ", count: 29) + "- \(Self.plain($0))" }
  }

  /// Without control characters: a gateway's own words may be in it, and a terminal obeys what it is sent.
  private static func plain(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      plain.unicodeScalars.append(scalar.isUnsafe ? "?" : scalar)
    }
    return plain
  }

  private func printJSON(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let octets = try? encoder.encode(value) else { return }
    terminal.print(String(decoding: octets, as: UTF8.self))
  }

  private struct Line: Encodable {
    var step: String
    var verdict: String
    /// How long the step took.
    var milliseconds: Double
    var sentence: String
    var advice: String?
    var details: [String]?
  }

  private struct Sum: Encodable {
    var failed: Int
    var warnings: Int
    var skipped: Int
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension Terminal {
  /// A verdict as a column of lines.
  func column(_ verdict: Finding.Verdict) -> String {
    let text = verdict.rawValue.padded(to: 7)
    return switch verdict {
    case .ok: green(text)
    case .warning: yellow(text)
    case .failed: red(text)
    case .skipped: dim(text)
    }
  }
}
