import PipelineFile
import Rehearsal
import Synchronization
import TelephoneKit

/// Writes a dry-run for people: of one request its trace and its answer, of several a table.
struct TextReport {
  let terminal: Terminal
  let explains: Bool
  private let options: [String: [OptionInForce]]
  private let width: Int

  init(_ pipeline: CheckedPipeline, explains: Bool, terminal: Terminal = .output) {
    self.terminal = terminal
    self.explains = explains
    options = pipeline.optionsInForce
    width = (pipeline.steps.map(\.id.count).max() ?? 0) + 7
  }

  func title(_ draft: RequestDraft, _ redaction: Redaction, through pipeline: CheckedPipeline) -> String {
    let head = "\(draft.method) \(redaction.shown(target: draft.target))"
    let name = draft.name.map { " \(terminal.dim("(\(redaction.shown($0)))"))" } ?? ""
    return "\(terminal.bold(head))\(name) through \(pipeline.name) (\(pipeline.file))\n"
  }

  /// - Parameter number: of the entry, from 1.
  func lines(_ entry: TraceEntry, number: Int) -> [String] {
    TracePrinter(terminal: terminal, number: number, width: width, explains: explains, options: options).lines(entry)
  }

  /// Trace and answer of a request.
  func lines(_ result: RehearsalResult) -> [String] {
    result.trace.enumerated().flatMap { lines($0.element, number: $0.offset + 1) } + ending(result)
  }

  /// The answer of a request, and how it ended.
  func ending(_ result: RehearsalResult) -> [String] {
    let answer = AnswerPrinter(terminal: terminal, redaction: result.redaction)
    return [""] + answer.lines(result.answer) + ["", result.decision]
  }
}

extension CheckedPipeline {
  /// The options in force of all steps, by their ids, with secrets hidden.
  var optionsInForce: [String: [OptionInForce]] {
    steps.reduce(into: [:]) { all, step in
      all[step.id] = step.values.map { option in
        var option = option
        option.text = redaction.shown(option.text)
        return option
      }
    }
  }
}

/// Counts the entries of a trace as they come.
final class EntryCounter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
