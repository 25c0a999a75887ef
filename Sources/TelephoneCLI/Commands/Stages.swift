import ArgumentParser
import PipelineFile
import TelephoneKit

/// `telephone stages [NAME]`
struct Stages: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the stages that this binary knows, or the options of one.",
    discussion: """
      EXAMPLES:
        telephone stages
        telephone stages forward
      """)

  @Argument(help: ArgumentHelp("A stage.", valueName: "name"))
  var name: String?

  func run() throws {
    let registry = Shelf.registry
    guard let name else {
      for track in Track.allCases {
        let stages = registry.all.filter { $0.track == track }
        if stages.isEmpty { continue }
        Terminal.output.print(Terminal.output.bold("\(track.rawValue) track"))
        for stage in stages { Terminal.output.print("  \(stage.name.padded(to: 18)) \(stage.summary)") }
      }
      return
    }
    guard let stage = registry[name] else {
      throw CommandProblem(
        "There is no stage '\(name)'\(NearestName.hint(for: name, among: registry.names)). "
          + "'telephone stages' shows all.", .usage)
    }
    for line in StageReference(stage).lines(Terminal.output) { Terminal.output.print(line) }
  }
}

/// One stage as the reference shows it.
struct StageReference {
  private let stage: StageType

  init(_ stage: StageType) { self.stage = stage }

  func lines(_ terminal: Terminal) -> [String] {
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
    lines += ["", terminal.bold("Example")] + example
    return lines
  }

  private func facts(_ option: OptionDescription) -> String {
    var facts: [String] = []
    if option.isRequired { facts.append("must be given") }
    if let text = option.defaultText {
      facts.append("default \(text)")
    } else if !option.isRequired {
      facts.append("no default")
    }
    if let range = option.range { facts.append("range \(range)") }
    if option.isSecret { facts.append("secret") }
    return facts.joined(separator: ", ")
  }

  /// A minimal entry for a file.
  private var example: [String] {
    guard let options = stage.example else { return ["  - \(stage.name)"] }
    return ["  - stage: \(stage.name)", "    with: \(options)"]
  }
}
