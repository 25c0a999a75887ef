import Agent
import ArgumentParser
import Foundation
import Logging
import NIOCore
import PipelineFile
import TelephoneKit

/// `telephone run [PIPELINE]`
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Dial the gateway and serve its requests through a pipeline.",
    discussion: """
      Settings come from flags, then the environment, then a .env file. SIGTERM and Ctrl-C let running exchanges end
      (SHUTDOWN_GRACE), then leave. Exit code 0 after that, 1 if the pipeline file has problems, 64 if a setting is
      wrong, 69 if no token can be used or the address of --ops cannot be listened on, 75 if more than MAX_RETRIES
      attempts failed.

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
  @OptionGroup var accessLog: AccessLogOptions

  @Option(
    help: ArgumentHelp(
      "Where /live, /ready, /health and /metrics are served, in place of HEALTH_CHECK_PORT.", valueName: "host:port"))
  var ops: String?

  func run() async throws {
    FreedMemory.keep()
    let source = try await source.source(flags: flags.values)
    let operations = try ops.map { try ListenAddress($0, flag: "--ops") }
    let settings = try RunSettings(source, operations: operations)
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
    let result: Result<Void, any Error>
    do {
      let vault = try await OpenVault(settings: settings.vault, logger: logger).open()
      let agent = Agent(
        settings: settings.agent, pipeline: built, vault: vault, logger: logger,
        observers: [accessLog.observer(log, label: "telephone")].compactMap(\.self))
      let manager = ServiceManager.of(ProcessInfo.processInfo.environment, logger: logger)
      result = .success(
        try await AgentProcess(agent: agent, operations: settings.operations, manager: manager, logger: logger).run())
    } catch {
      result = .failure(error)
    }
    await built.shutdown()
    do {
      try result.get()
    } catch let error as AgentError {
      throw CommandProblem(error.sentence, error.kind == .gaveUp ? .temporaryFailure : .unavailable)
    } catch let error as OperationsServer.CannotListen {
      throw CommandProblem("\(ops == nil ? Setting.healthPort.name : "--ops"): \(error.sentence)", .unavailable)
    }
  }
}
