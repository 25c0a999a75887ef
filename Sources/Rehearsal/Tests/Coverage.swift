package import PipelineFile
package import TelephoneKit

/// What of a pipeline tests have reached.
package struct Coverage: Sendable {
  /// Something that tests should reach.
  package struct Item: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
      /// The step has had its turn.
      case turn
      /// Its `when` was true, or false.
      case condition(Bool)
      /// It has given this answer.
      case answer(status: Int, code: String)
    }

    /// The id of the step.
    package var step: String
    package var kind: Kind
    /// Where the step stands.
    package var place: Place

    /// What was not reached, for people.
    package var words: String {
      switch kind {
      case .turn: "'\(step)' never had its turn"
      case .condition(let value): "the 'when' of '\(step)' was never \(value)"
      case .answer(let status, let code): "'\(step)' never answered \(status) \(code)"
      }
    }
  }

  private struct Mark: Hashable {
    var step: String
    var kind: Item.Kind
  }

  private var marks: Set<Mark> = []

  package init() {}

  /// What tests of a pipeline should reach: each step's turn; each condition, true and false; and each answer that a
  /// step's options leave it. Of backend steps only the turn counts: the stub stands in their place, and what goes wrong
  /// between here and a live backend is none of the pipeline's doing.
  package static func items(of pipeline: CheckedPipeline) -> [Item] {
    pipeline.steps.flatMap { step -> [Item] in
      var kinds: [Item.Kind] = [.turn]
      if step.condition != nil { kinds += [.condition(true), .condition(false)] }
      if step.type.track != .backend {
        kinds += step.type.answers(with: step.options).map { .answer(status: $0.status, code: $0.code) }
      }
      return kinds.map { Item(step: step.id, kind: $0, place: step.place) }
    }
  }

  /// The items that no test has reached.
  package func missed(of items: [Item]) -> [Item] {
    items.filter { !marks.contains(Mark(step: $0.step, kind: $0.kind)) }
  }

  package mutating func join(_ other: Coverage) { marks.formUnion(other.marks) }

  /// Notes what a request of a test has reached. A mock's turn is not that of its step, but its condition is.
  mutating func note(_ result: RehearsalResult, of test: PipelineTest) {
    for entry in result.trace {
      if case .skipped = entry.verdict {
        marks.insert(Mark(step: entry.step, kind: .condition(false)))
        continue
      }
      marks.insert(Mark(step: entry.step, kind: .condition(true)))
      if test.mocks[entry.step] != nil { continue }
      marks.insert(Mark(step: entry.step, kind: .turn))
      switch entry.verdict {
      case .refused(let status, let code, _), .failed(let status, let code, _):
        marks.insert(Mark(step: entry.step, kind: .answer(status: status, code: code)))
      default: break
      }
    }
    // A refusal may come later than the step's turn: while the body is read.
    let outcome = result.outcome
    if let step = outcome.decidedBy, let status = outcome.status, let code = outcome.code, test.mocks[step] == nil {
      marks.insert(Mark(step: step, kind: .answer(status: status, code: code)))
    }
  }
}
