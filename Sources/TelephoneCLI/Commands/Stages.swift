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
        telephone stages --format json
        telephone stages --format markdown --output docs/stages    # a page for each stage, and an index
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, markdown, json }

  @Argument(help: ArgumentHelp("A stage.", valueName: "name"))
  var name: String?

  @Option(help: "How it is shown: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = Format.text

  @Option(
    help: ArgumentHelp("With markdown: write a page for each stage, and README.md, into this folder.", valueName: "dir")
  )
  var output: String?

  func run() throws {
    let registry = Shelf.registry
    if let output {
      guard format == .markdown else { throw CommandProblem("--output is for '--format markdown' only.", .usage) }
      try StagePages(stages: try name.map { [try stage($0, in: registry)] } ?? registry.all, isWhole: name == nil)
        .write(to: output)
      return
    }
    Terminal.output.print(try text(of: registry))
  }

  private func text(of registry: StageRegistry) throws -> String {
    let stage = try name.map { try self.stage($0, in: registry) }
    return switch format {
    case .text: stage.map { StageReference($0).text(Terminal.output) } ?? StageShelf(registry.all).text(Terminal.output)
    case .markdown: stage.map { StageReference($0).markdown } ?? StageShelf(registry.all).markdown
    case .json: (stage.map { StageReference($0).json } ?? .array(registry.all.map { StageReference($0).json })).text
    }
  }

  private func stage(_ name: String, in registry: StageRegistry) throws -> StageType {
    guard let stage = registry[name] else {
      throw CommandProblem(
        "There is no stage '\(name)'; 'telephone stages' shows all"
          + (NearestName.to(name, among: registry.names).map { ". Did you mean '\($0)'?" } ?? "."), .usage)
    }
    return stage
  }
}
