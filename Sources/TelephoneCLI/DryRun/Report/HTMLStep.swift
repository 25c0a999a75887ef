import PipelineFile
import TelephoneKit

/// An entry of a trace on a page of HTML.
struct HTMLStep {
  private let entry: TraceEntry
  private let options: [OptionInForce]

  init(_ entry: TraceEntry, _ options: [OptionInForce]) {
    self.entry = entry
    self.options = entry.isHook || entry.verdict.isSkipped ? [] : options
  }

  var text: String {
    let stage = entry.stageName == entry.step ? "" : " [\(entry.stageName)]"
    let place = entry.place.map { "\($0.file):\($0.line)" } ?? ""
    let time = entry.verdict.isSkipped ? "" : Timing(real: entry.realElapsed, clock: entry.elapsed).words
    var html = [
      "<li><strong>\(HTMLPage.escaped(entry.step))</strong>"
        + HTMLPage.escaped("\(stage)\(entry.isHook ? " (answer)" : ""), \(entry.track.rawValue) track: ")
        + HTMLPage.element("span", entry.verdict.words, class: kind)
        + (entry.verdict.sentence.map { HTMLPage.escaped(" \($0)") } ?? "")
        + " " + HTMLPage.element("span", [time, place].filter { !$0.isEmpty }.joined(separator: ", "), class: "soft")
    ]
    if !entry.changes.isEmpty {
      html.append("<ul class=\"plain\">\(entry.changes.map(change).joined())</ul>")
    }
    if let condition = entry.condition {
      html.append("<details><summary>Condition</summary><ul class=\"plain\">\(explanation(condition))</ul></details>")
    }
    if !options.isEmpty {
      let rows = options.map { option in
        HTMLPage.row([
          HTMLPage.element("code", option.name), HTMLPage.element("code", option.text.isEmpty ? "-" : option.text),
          HTMLPage.element("span", option.origin, class: "soft"),
        ])
      }
      html.append("<details><summary>Options</summary><table>\(rows.joined(separator: "\n"))</table></details>")
    }
    return html.joined(separator: "\n") + "</li>"
  }

  private var kind: String {
    switch entry.verdict {
    case .passed, .answered, .emitted, .spliced: "good"
    case .skipped: "soft"
    case .refused: "warn"
    case .failed: "bad"
    }
  }

  private func change(_ change: TraceEntry.Change) -> String {
    let before = change.before.map { HTMLPage.element("del", "- \(change.subject): \($0)") }
    let after = change.after.map { HTMLPage.element("ins", "+ \(change.subject): \($0)") }
    return [before, after].compactMap { $0.map { "<li>\($0)</li>" } }.joined()
  }

  private func explanation(_ condition: ConditionExplanation) -> String {
    let seen = condition.seen.map { ": \($0)" } ?? ""
    let mark = HTMLPage.element("span", condition.isMet ? "yes" : "no", class: condition.isMet ? "good" : "bad")
    let parts = condition.parts.map(explanation).joined()
    return "<li>\(mark) <code>\(HTMLPage.escaped(condition.condition))</code>\(HTMLPage.escaped(seen))"
      + (parts.isEmpty ? "" : "<ul class=\"plain\">\(parts)</ul>") + "</li>"
  }
}
