import PipelineFile
import TelephoneKit

extension JSONReport {
  /// An entry of a trace.
  struct Step: Encodable {
    var step: String
    var stage: String
    var track: String
    var file: String?
    var line: Int?
    var isHook: Bool
    /// `passed`, `skipped`, `answered`, `refused`, `failed`, `emitted`, `joined`.
    var verdict: String
    var status: Int?
    var code: String?
    var sentence: String?
    var condition: Condition?
    var changes: [Change]
    var options: [OptionValue]
    var realMs: Double
    var clockMs: Double

    init(_ entry: TraceEntry, _ values: [OptionInForce]) {
      step = entry.step
      stage = entry.stageName
      track = entry.track.rawValue
      file = entry.place?.file
      line = entry.place?.line
      isHook = entry.isHook
      condition = entry.condition.map(Condition.init)
      changes = entry.changes.map { Change(subject: $0.subject, before: $0.before, after: $0.after) }
      options = entry.isHook || entry.verdict.isSkipped ? [] : values.map(OptionValue.init)
      realMs = entry.realElapsed.inSeconds * 1000
      clockMs = entry.elapsed.inSeconds * 1000
      sentence = entry.verdict.sentence
      switch entry.verdict {
      case .passed: verdict = "passed"
      case .skipped: verdict = "skipped"
      case .answered(let answer): (verdict, status) = ("answered", answer)
      case .refused(let refused, let name, _): (verdict, status, code) = ("refused", refused, name)
      case .failed(let failed, let name, _): (verdict, status, code) = ("failed", failed, name)
      case .emitted: verdict = "emitted"
      case .spliced: verdict = "joined"
      }
    }
  }

  struct Change: Encodable {
    var subject: String
    var before: String?
    var after: String?
  }

  struct Condition: Encodable {
    var condition: String
    var isMet: Bool
    var seen: String?
    var parts: [Condition]

    init(_ explanation: ConditionExplanation) {
      condition = explanation.condition
      isMet = explanation.isMet
      seen = explanation.seen
      parts = explanation.parts.map(Condition.init)
    }
  }

  struct OptionValue: Encodable {
    var name: String
    var value: String
    /// `default`, or a place and the variables whose values it holds.
    var origin: String
    var file: String?
    var line: Int?
    var variables: [String]

    init(_ option: OptionInForce) {
      name = option.name
      value = option.text
      origin = option.origin
      file = option.place?.file
      line = option.place?.line
      variables = option.variables.map(\.name)
    }
  }
}
