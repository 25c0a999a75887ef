import ArgumentParser
import PipelineFile

/// `telephone init [DIR]`
struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a pipeline with comments and tests, to begin with.",
    discussion: """
      pipeline.yaml is good as it is, and so are its tests. .env.example has what it expects from outside, and an editor \
      that knows yaml-language-server completes and checks by pipeline.schema.json. Files that exist are left alone unless \
      --force is given. Exit code 64 if something cannot be written.

      EXAMPLES:
        telephone init
        telephone init my-service && telephone test my-service
      """)

  @Argument(help: ArgumentHelp("The folder; it is made if it is not there.", valueName: "dir"))
  var folder = "."

  @Flag(help: "Write over files that exist.")
  var force = false

  func run() throws {
    let folder = Scaffold.tidy(folder)
    let schema = PipelineSchema(Shelf.registry).json.text + "\n"
    let scaffold = Scaffold(folder: folder, files: StarterPipeline.files(schema: schema))
    try scaffold.write(overwrites: force)
    let pipeline = ShellQuoting.quoted(Scaffold.shown("pipeline.yaml", in: folder))
    scaffold.report(
      next: [
        ("telephone check \(pipeline)", "every mistake, with its place"),
        ("telephone test \(pipeline)", "its tests; --coverage tells what they do not reach"),
        ("telephone dry-run \(pipeline) --target /a/../ping", "what each stage does to a request"),
        ("cp \(ShellQuoting.quoted(Scaffold.shown(".env.example", in: folder))) .env", "then fill it in, and"),
        ("telephone run \(pipeline)", ""),
      ], Terminal.output)
  }
}
