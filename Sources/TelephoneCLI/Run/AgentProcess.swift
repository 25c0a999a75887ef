import Agent
import ArgumentParser
import Logging
import ServiceLifecycle

/// An agent with what stands beside it in a process: the operations server, the service manager, what loads its pipeline
/// again, and the signals that ask for that or end all of them.
struct AgentProcess {
  let agent: Agent
  /// Where the operations server listens; `nil`: there is none.
  let operations: ListenAddress?
  let reloader: PipelineReloader
  /// Whether a change of its files has the pipeline loaded again.
  let watchesFiles: Bool
  /// `nil`: nobody started us who wants to know.
  var manager: ServiceManager?
  let logger: Logger

  /// After the grace: leaving the channel, the `finally` stages, the close.
  private static let afterGrace = Duration.seconds(20)
  /// For answers of the operations server that are under way at the end.
  private static let operationsGrace = Duration.seconds(1)

  /// Serves until a signal ends it, see ``ProcessSignals``. The operations server is the first to begin and the last to
  /// end.
  /// - Throws: `AgentError` when the agent gives up, `OperationsServer.CannotListen`, `ExitCode` after a second signal.
  func run() async throws {
    let limit = agent.settings.shutdownGrace + Self.afterGrace
    let signals = ProcessSignals(drainLimit: limit, hangupReloads: true, logger: logger)
    signals.start()
    try await withThrowingTaskGroup(of: Result<Void, any Error>.self) { group in
      var server: ServiceGroup?
      if let operations { server = try await start(operations, in: &group) }
      group.addTask { [server] in
        let result = await serve(signals, drainLimit: limit)
        await server?.triggerGracefulShutdown()
        return result
      }
      var end = Result<Void, any Error>.success(())
      for try await result in group { if case .failure = result { end = result } }
      try end.get()
    }
    if let code = signals.code { throw ExitCode(code) }
  }

  /// Runs the agent with all that ends when it does.
  private func serve(_ signals: ProcessSignals, drainLimit: Duration) async -> Result<Void, any Error> {
    await withTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask { await obey(signals, drainLimit: drainLimit) }
      group.addTask { await IdleCare(agent: agent, clock: ContinuousClock()).run() }
      if let manager { group.addTask { await manager.run { agent.status.sentence } } }
      group.addTask { for await _ in signals.reloads { await reload(.signal) } }
      if watchesFiles {
        group.addTask {
          await PipelineWatch(reloader: reloader, clock: ContinuousClock(), logger: logger).run { await reload(.file) }
        }
      }
      do {
        return .success(try await agent.run())
      } catch {
        return .failure(error)
      }
    }
  }

  /// Returns when the server begins.
  private func start(
    _ address: ListenAddress, in group: inout ThrowingTaskGroup<Result<Void, any Error>, any Error>
  ) async throws -> ServiceGroup {
    let server = OperationsServer(
      agent: agent, host: address.host, port: address.port, logger: logger,
      logLinesDropped: { LogWriter.standardError.dropped })
    var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
    configuration.maximumGracefulShutdownDuration = Self.operationsGrace
    let service = ServiceGroup(configuration: configuration)
    let (listening, told) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    group.addTask {
      defer { told.finish() }
      // It listens moments later, or fails.
      told.yield()
      return .success(try await service.run())
    }
    // Without an element it has failed, and the group throws its error.
    for await _ in listening { return service }
    _ = try await group.next()
    return service
  }

  private func reload(_ cause: PipelineReloader.Cause) async {
    guard let manager else { return await reloader.reload(cause) }
    await manager.reload(
      status: { agent.status.sentence }, by: { await reloader.reload(cause) })
  }

  /// The first request drains the agent, the second ends it at once.
  private func obey(_ signals: ProcessSignals, drainLimit: Duration) async {
    await withDiscardingTaskGroup { stops in
      for await request in signals.requests {
        if request == .drain { manager?.stopping(within: drainLimit, status: agent.status.sentence) }
        stops.addTask { await agent.stop() }
      }
    }
  }
}
