import ArgumentParser
import PipelineFile

/// `telephone graph PIPELINE`
struct Graph: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case mermaid, dot, text
  }

  static let configuration = CommandConfiguration(
    abstract: "Draw the way through a pipeline: tracks, conditions, and where refusals go.",
    discussion: """
      The file is checked first, with its includes; nothing is built. Solid lines are the way of every exchange, dashed \
      ones that of refusals and failures, with their statuses. Exit code 1 if the file has problems.

      EXAMPLES:
        telephone graph pipelines/demo.yaml
        telephone graph pipelines/demo.yaml --format mermaid > demo.mmd
        telephone graph pipelines/demo.yaml --format dot | dot -Tsvg > demo.svg
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline: String

  @Option(help: "A list for the terminal, or a drawing for Mermaid or Graphviz.")
  var format = Format.text

  @OptionGroup var source: SettingsSource.Options

  func run() async throws {
    let graph = PipelineGraph(try PipelineFiles.load(pipeline, mode: .check, try await source.source()))
    let lines =
      switch format {
      case .mermaid: graph.mermaid()
      case .dot: graph.dot()
      case .text: graph.text(Terminal.output)
      }
    for line in lines { Terminal.output.print(line) }
  }
}
