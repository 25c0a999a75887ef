import PipelineFile
import TelephoneKit

/// One stage as the reference shows it.
struct StageReference {
  let stage: StageType

  init(_ stage: StageType) { self.stage = stage }

  func text(_ terminal: Terminal) -> String {
    var lines = [
      "\(terminal.bold(stage.name)) (\(stage.track.rawValue) track)", stage.summary, "", terminal.bold("Options"),
    ]
    if stage.options.isEmpty { lines.append("  none") }
    for option in stage.options {
      lines.append("  \(terminal.green(option.name)): \(option.kind.words)")
      lines.append("      \(option.help)")
      lines.append("      \(facts(option))")
    }
    if !stage.answers.isEmpty {
      lines += ["", terminal.bold("Answers")]
      let width = stage.answers.map(\.code.count).max() ?? 0
      lines += stage.answers.map { "  \($0.status) \($0.code.padded(to: width))  \($0.reason)" }
    }
    let example = StageExample(stage).minimal
    lines += ["", terminal.bold("Example")] + example.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }

  private func facts(_ option: OptionDescription) -> String {
    var facts: [String] = []
    if option.isRequired { facts.append("must be given") }
    if let text = option.defaultText {
      facts.append("default \(text)")
    } else if !option.isRequired {
      facts.append("no default")
    }
    if let range = option.range { facts.append("range \(range.text)") }
    if option.isSecret { facts.append("secret") }
    return facts.joined(separator: ", ")
  }

  var json: OrderedJSON {
    let example = StageExample(stage)
    return [
      "name": .string(stage.name),
      "track": .string(stage.track.rawValue),
      "summary": .string(stage.summary),
      "options": .array(stage.options.map(json)),
      "answers": .array(
        stage.answers.map {
          ["status": .number($0.status), "code": .string($0.code), "reason": .string($0.reason)]
        }),
      "example": .string(example.minimal.joined(separator: "\n")),
      "full-example": .string(example.full.joined(separator: "\n")),
    ]
  }

  private func json(_ option: OptionDescription) -> OrderedJSON {
    func text(_ text: String?) -> OrderedJSON { text.map(OrderedJSON.string) ?? .null }
    return [
      "name": .string(option.name),
      "help": .string(option.help),
      "kind": .string(option.kind.words),
      "least": text(option.range?.least),
      "greatest": text(option.range?.greatest),
      "default": text(option.defaultText),
      "example": text(option.exampleText),
      "required": .bool(option.isRequired),
      "secret": .bool(option.isSecret),
    ]
  }
}
