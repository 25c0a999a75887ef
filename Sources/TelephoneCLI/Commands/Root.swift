import ArgumentParser

/// `telephone`
struct Root: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "telephone",
    abstract: "A sidecar that dials out to a gateway and runs HTTP requests through a pipeline of stages.",
    discussion: """
      EXAMPLES:
        telephone check pipelines/*.yaml
        telephone test pipelines
        telephone dry-run pipelines/demo.yaml --target '/api/../hello?x=1'
        telephone stages verify-jwt
        telephone run                         # settings from flags, environment and .env
        telephone demo                        # everything in one process
      """,
    version: "telephone 0.1.0",
    subcommands: [
      Run.self, Check.self, Test.self, DryRun.self, Stages.self, Schema.self, SwitchboardCommand.self, Token.self,
      Doctor.self,
      Demo.self,
    ])
}
