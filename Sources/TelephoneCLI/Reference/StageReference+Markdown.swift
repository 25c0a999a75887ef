import TelephoneKit

extension StageReference {
  /// The page of the stage.
  var markdown: String {
    let example = StageExample(stage)
    var lines = ["# \(stage.name)", "", "\(stage.summary) It works on the \(stage.track.rawValue) track."]
    lines += ["", "## Options", ""]
    if stage.options.isEmpty {
      lines.append("None.")
    } else {
      lines += ["| option | takes | default | what it is |", "|---|---|---|---|"] + stage.options.map(row)
    }
    lines += ["", "## Answers", ""]
    if stage.answers.isEmpty {
      lines.append("It neither refuses nor fails by itself.")
    } else {
      lines += ["| status | code | when |", "|---|---|---|"]
      lines += stage.answers.map { "| \($0.status) | `\($0.code)` | \(Markdown.cell($0.reason)) |" }
    }
    lines += ["", "## Examples", "", "As short as can be:", ""] + block(example.minimal)
    if !stage.options.isEmpty {
      lines += ["", "With all options. What has no default is behind a `#`:", ""] + block(example.full)
    }
    return lines.joined(separator: "\n")
  }

  private func row(_ option: OptionDescription) -> String {
    let kind =
      Markdown.cell(option.kind.words)
      + (option.range.map { ", from \(Markdown.cell($0.least)) to \(Markdown.cell($0.greatest))" } ?? "")
    let value = option.defaultText.map(Markdown.code) ?? (option.isRequired ? "must be given" : "none")
    let help = Markdown.cell(option.help) + (option.isSecret ? " It is a secret and shown nowhere." : "")
    return "| `\(option.name)` | \(kind) | \(value) | \(help) |"
  }

  private func block(_ lines: [String]) -> [String] { ["```yaml"] + lines + ["```"] }
}
