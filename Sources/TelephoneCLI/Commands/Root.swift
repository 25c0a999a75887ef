import Agent
import ArgumentParser

/// `telephone`
struct Root: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "telephone",
    abstract: "A sidecar that dials out to a gateway and runs HTTP requests through a pipeline of stages.",
    discussion: """
      EXAMPLES:
        telephone init my-service             # a pipeline with tests, to begin with
        telephone check pipelines/*.yaml
        telephone test pipelines
        telephone dry-run pipelines/demo.yaml --target '/api/../hello?x=1'
        telephone stages verify-jwt
        telephone run                         # settings from flags, environment and .env
        telephone demo                        # everything in one process
      """,
    version: "telephone \(Agent.version)",
    subcommands: [
      Run.self, Init.self, NewStage.self, Check.self, Graph.self, Test.self, DryRun.self, Stages.self, Schema.self,
      SwitchboardCommand.self, Token.self, Doctor.self, Demo.self,
    ])
}
