import Agent
import ArgumentParser
import Foundation
import Logging
import NIOCore
import PipelineFile
import TelephoneKit
import TokenVault

/// `telephone run [PIPELINE]`
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Dial the gateway and serve its requests through a pipeline.",
    discussion: """
      Settings come from flags, then the environment, then a .env file. SIGTERM and Ctrl-C let running exchanges end \
      (SHUTDOWN_GRACE), then leave; a second one ends at once. Exit code 0 after a clean end, 1 if the pipeline file has \
      problems, 64 if a setting is wrong, 69 if no token can be used or the address of --ops cannot be listened on, 70 \
      after a fault of the program itself, 74 if the output cannot be written, 75 if more than MAX_RETRIES attempts \
      failed, 129, 130 or 143 after a second signal (SIGHUP, SIGINT, SIGTERM).

      SIGHUP has the pipeline loaded again, and so has each change of its files with --watch: running \
      exchanges end on the pipeline that they began with, stages that did not change keep their state, and a broken file \
      changes nothing. docs/live.md tells the rest.

      EXAMPLES:
        telephone run
        telephone run --backend-port 3000
        telephone run pipelines/public-api.yaml --watch
        telephone run pipelines/public-api.yaml --record /var/tmp/exchanges --record-limit 100
        TELEPHONE_TOKEN=$(telephone token issue --path demo) telephone run
      """)

  @Argument(help: ArgumentHelp("The pipeline file.", valueName: "pipeline"))
  var pipeline = DefaultPipeline.path

  @OptionGroup var source: SettingsSource.Options
  @OptionGroup(title: "Settings") var flags: SettingFlags
  @OptionGroup var log: LogOptions
  @OptionGroup var accessLog: AccessLogOptions
  @OptionGroup(title: "Live") var live: LiveOptions

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
    let logger = log.logger("telephone")
    let recorder = try live.recorder(logger)
    let origin = PipelineOrigin(
      path: self.pipeline, flags: flags.values, environmentFile: self.source.environmentFile, registry: Shelf.registry)
    let files = ReadFiles()
    let pipeline = LivePipeline(try await build(origin, noting: files, logger))
    let start = AgentStart { [accessLog, log] in
      let vault = try await OpenVault(settings: settings.vault, logger: logger).open()
      return Agent(
        settings: settings.agent, pipeline: pipeline, vault: vault, logger: logger,
        observers: [accessLog.observer(log, label: "telephone")].compactMap(\.self), recorder: recorder)
    }
    let result: Result<Void, any Error>
    do {
      let manager = ServiceManager.of(ProcessInfo.processInfo.environment, logger: logger)
      let reloader = PipelineReloader(pipeline, from: origin, files: files, logger: logger)
      let process = AgentProcess(
        start: start, shutdownGrace: settings.agent.shutdownGrace, operations: settings.operations, reloader: reloader,
        watchesFiles: live.watch, manager: manager,
        logger: logger)
      result = .success(try await process.run())
    } catch {
      result = .failure(error)
    }
    await pipeline.shutdown()
    await recorder?.flush()
    await start.agent?.vault.close()
    do {
      try result.get()
    } catch let error as AgentError {
      throw CommandProblem(error.sentence, error.kind == .gaveUp ? .temporaryFailure : .unavailable)
    } catch let error as OperationsServer.CannotListen {
      throw CommandProblem("\(ops == nil ? Setting.healthPort.name : "--ops"): \(error.sentence)", .unavailable)
    }
  }

  private func build(_ origin: PipelineOrigin, noting files: ReadFiles, _ logger: Logger) async throws -> Pipeline {
    do {
      let checked = try await origin.load(noting: files)
      PipelineFiles.printWarnings(of: checked)
      return try await checked.build(logger: logger, noting: files)
    } catch let error as PipelineFileError {
      throw PipelineFiles.problem(error, origin.path)
    }
  }
}
