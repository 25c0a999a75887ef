import ArgumentParser
import PipelineFile

/// `telephone schema`
struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the JSON Schema of pipeline files, for editors.",
    discussion: """
      The schema (draft 2020-12) knows the stages of this binary, custom ones included. docs/editor.md tells how an \
      editor comes to use it.

      EXAMPLES:
        telephone schema > pipeline.schema.json
        telephone schema | python3 -m json.tool
      """)

  func run() { Terminal.output.print(PipelineSchema(Shelf.registry).json.text) }
}
