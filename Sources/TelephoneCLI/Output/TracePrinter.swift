import PipelineFile
import TelephoneKit

/// Writes trace entries for people.
struct TracePrinter {
  var terminal = Terminal.output
  /// Whether each line begins with its number.
  var number: Int?
  /// The width of the column of stage names.
  var width = 16
  /// Whether it is said why conditions matched or not.
  var explains = false
  /// How what came from outside is written.
  var written: @Sendable (String) -> String = { TextDiff.printable($0) }
  /// The options in force, by the id of the step; none are shown of a step that is not in it.
  var options: [String: [OptionInForce]] = [:]

  func lines(_ entry: TraceEntry) -> [String] {
    let name = entry.isHook ? "\(entry.step) (answer)" : entry.step
    let label = entry.stageName == entry.step ? name : "\(name) [\(entry.stageName)]"
    let count = number.map { "\(String(repeating: " ", count: $0 < 10 ? 1 : 0))\($0) " } ?? ""
    let place = entry.place.map { "  \(terminal.dim("\($0.file):\($0.line)"))" } ?? ""
    let time = entry.verdict.isSkipped ? "" : "  \(terminal.dim(Self.time(entry)))"
    var lines = ["\(count)\(label.padded(to: width)) \(verdict(entry.verdict))\(time)\(place)"]
    if explains, let condition = entry.condition { lines += explanation(condition, depth: 0) }
    lines += entry.changes.map(change)
    if !entry.verdict.isSkipped, !entry.isHook { lines += optionLines(options[entry.step] ?? []) }
    return lines
  }

  private func verdict(_ verdict: TraceEntry.Verdict) -> String {
    switch verdict {
    case .passed: verdict.words
    case .skipped: terminal.dim(verdict.words)
    case .answered: terminal.green(verdict.words)
    case .refused(_, _, let sentence): "\(terminal.yellow(verdict.words)): \(sentence)"
    case .failed(_, _, let sentence): "\(terminal.red(verdict.words)): \(sentence)"
    case .emitted, .spliced: verdict.words
    }
  }

  private func change(_ change: TraceEntry.Change) -> String {
    switch (change.before.map(written), change.after.map(written)) {
    case (nil, let after?): "     \(terminal.green("+ \(change.subject): \(after)"))"
    case (let before?, nil): "     \(terminal.red("- \(change.subject): \(before)"))"
    case (let before, let after): "     ~ \(change.subject): \(before ?? "-") -> \(after ?? "-")"
    }
  }

  /// Each option that the file gives in a line, all defaults in one.
  private func optionLines(_ options: [OptionInForce]) -> [String] {
    let given = options.filter { $0.place != nil }
    let defaults = options.filter { $0.place == nil && !$0.text.isEmpty }.map { "\($0.name) = \($0.text)" }
    let lines = given.map { "     \($0.name) = \($0.text)  (\($0.origin))" }
    return (lines + (defaults.isEmpty ? [] : ["     by default: \(defaults.joined(separator: ", "))"])).map(
      terminal.dim)
  }

  private func explanation(_ condition: ConditionExplanation, depth: Int) -> [String] {
    let mark = condition.isMet ? terminal.green("yes") : terminal.red("no ")
    let seen = condition.seen.map { ": \($0)" } ?? ""
    let indent = String(repeating: "  ", count: depth)
    return ["     \(depth == 0 ? "when " : "     ")\(indent)\(mark) \(condition.condition)\(seen)"]
      + condition.parts.flatMap { explanation($0, depth: depth + 1) }
  }

  /// The time on this machine, and that on the clock of a rehearsal where it is another.
  private static func time(_ entry: TraceEntry) -> String {
    Timing(real: entry.realElapsed, clock: entry.elapsed).words
  }

  /// A time in the unit that leaves one to three digits before the point.
  static func time(_ duration: Duration) -> String {
    let microseconds = duration.inSeconds * 1e6
    if microseconds < 1000 { return "\(Int(microseconds.rounded())) µs" }
    if microseconds < 1_000_000 { return "\((microseconds / 100).rounded() / 10) ms" }
    return "\((microseconds / 100_000).rounded() / 10) s"
  }
}

/// How long something took on this machine, and on the clock of the exchange.
struct Timing {
  var real: Duration
  var clock: Duration

  /// The time on the clock is named where it is another: where it was moved.
  var words: String {
    guard clock > .zero, clock.inSeconds > 2 * real.inSeconds + 0.001 else { return TracePrinter.time(real) }
    return "\(TracePrinter.time(real)), \(TracePrinter.time(clock)) on its clock"
  }
}

extension TraceEntry.Verdict {
  var isSkipped: Bool { if case .skipped = self { true } else { false } }

  /// What was decided, without the sentence of a refusal.
  var words: String {
    switch self {
    case .passed: "passed"
    case .skipped(let condition): "skipped, its condition is: \(condition)"
    case .answered(let status): "answered \(status)"
    case .refused(let status, let code, _): "refused \(status) \(code)"
    case .failed(let status, let code, _): "failed \(status) \(code)"
    case .emitted(let chunks, let octets):
      "emitted \(octets) \(octets == 1 ? "octet" : "octets") in \(chunks) \(chunks == 1 ? "chunk" : "chunks")"
    case .spliced(let fromClient, let fromBackend):
      "joined a WebSocket: \(fromClient) frames from the client, \(fromBackend) from the backend"
    }
  }

  /// The sentence of a refusal or failure.
  var sentence: String? {
    switch self {
    case .refused(_, _, let sentence), .failed(_, _, let sentence): sentence
    default: nil
    }
  }
}
