import Agent
import ArgumentParser
import Foundation
import Logging
import NIOCore
import PipelineFile
import ServiceLifecycle
import TelephoneKit
import UnixSignals

/// `telephone run [PIPELINE]`
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Dial the gateway and serve its requests through a pipeline.",
    discussion: """
      Settings come from flags, then the environment, then a .env file. SIGTERM and Ctrl-C let running exchanges end
      (SHUTDOWN_GRACE), then leave. Exit code 0 after that, 1 if the pipeline file has problems, 64 if a setting is
      wrong, 69 if the token cannot be used any more, 75 if MAX_RETRIES attempts failed.

      EXAMPLES:
        telephone run
        telephone run pipelines/public-api.yaml --backend-port 3000
        TELEPHONE_TOKEN=$(telephone token issue --path demo) telephone run
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline = DefaultPipeline.path

  @OptionGroup var source: SettingsSource.Options
  @OptionGroup(title: "Settings") var flags: SettingFlags
  @OptionGroup var log: LogOptions

  func run() async throws {
    FreedMemory.keep()
    let source = try await source.source(flags: flags.values)
    let settings = try RunSettings(source, at: Date())
    // All of a line runs on one event loop.
    NIOSingletons.groupLoopCountSuggestion = min(settings.agent.lines, System.coreCount)
    let checked = try PipelineFiles.load(pipeline, mode: .run, source)
    let logger = log.logger("telephone")
    let built: Pipeline
    do {
      built = try await checked.build(logger: logger)
    } catch let error as PipelineFileError {
      throw PipelineFiles.problem(error, pipeline)
    }
    let agent = Agent(settings: settings.agent, pipeline: built, logger: logger)
    let result: Result<Void, any Error>
    do {
      result = .success(
        try await AgentProcess(agent: agent, healthPort: settings.healthPort, logger: logger).run())
    } catch {
      result = .failure(error)
    }
    await built.shutdown()
    do {
      try result.get()
    } catch let error as AgentError {
      throw CommandProblem(error.sentence, error.kind == .gaveUp ? .temporaryFailure : .unavailable)
    } catch let error as OperationsServer.CannotListen {
      throw CommandProblem("HEALTH_CHECK_PORT: \(error.sentence)", .usage)
    }
  }
}

/// An agent with its health page, until a signal ends both.
struct AgentProcess {
  let agent: Agent
  let healthPort: Int?
  let logger: Logger

  func run() async throws {
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
      .init(
        service: AgentService(agent: agent), successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .cancelGroup)
    ]
    if let healthPort {
      let server = OperationsServer(agent: agent, port: healthPort, logger: logger)
      services.insert(.init(service: server, failureTerminationBehavior: .cancelGroup), at: 0)
    }
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = agent.settings.shutdownGrace + .seconds(10)
    let care = Task { await IdleCare(agent: agent, clock: ContinuousClock()).run() }
    defer { care.cancel() }
    try await ServiceGroup(configuration: configuration).run()
  }
}

/// An agent as a service: a graceful shutdown stops it after its exchanges ended.
private struct AgentService: Service {
  let agent: Agent

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await agent.run()
    } onGracefulShutdown: {
      Task { await agent.stop() }
    }
  }
}
