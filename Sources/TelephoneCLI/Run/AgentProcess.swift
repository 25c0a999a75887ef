import Agent
import ArgumentParser
import Logging
import ServiceLifecycle

/// An agent with what stands beside it in a process: the operations server, the service manager, what loads its pipeline
/// again, and the signals that ask for that or end all of them.
struct AgentProcess {
  let start: AgentStart
  /// What runs at a stop may take so long.
  let shutdownGrace: Duration
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
  /// - Throws: what making the agent throws, `AgentError` when it gives up, `OperationsServer.CannotListen` before anything
  ///   is dialled, `ExitCode` after a second signal.
  func run() async throws {
    let limit = shutdownGrace + Self.afterGrace
    let signals = ProcessSignals(drainLimit: limit, hangupReloads: true, logger: logger)
    signals.start()
    let result =
      if let operations {
        try await withOperationsServer(at: operations) { await serve(signals, drainLimit: limit) }
      } else {
        await serve(signals, drainLimit: limit)
      }
    try result.get()
    if let code = signals.code { throw ExitCode(code) }
  }

  /// Runs the agent with all that ends when it does.
  private func serve(_ signals: ProcessSignals, drainLimit: Duration) async -> Result<Void, any Error> {
    await withTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask { await obey(signals, drainLimit: drainLimit) }
      if let manager { group.addTask { await manager.run { start.status } } }
      group.addTask { for await _ in signals.reloads { await reload(.signal) } }
      if watchesFiles {
        group.addTask {
          await PipelineWatch(reloader: reloader, clock: ContinuousClock(), logger: logger).run { await reload(.file) }
        }
      }
      do {
        let agent = try await start.begin()
        group.addTask { await IdleCare(agent: agent, clock: ContinuousClock()).run() }
        return .success(try await agent.run())
      } catch is CancellationError {
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }

  /// Runs a body while the operations server takes connections. That the server ends by itself, or badly, costs no line.
  /// - Throws: `OperationsServer.CannotListen`; the body was not run then.
  private func withOperationsServer<Value: Sendable>(
    at address: ListenAddress, _ body: () async -> Value
  ) async throws -> Value {
    // It has one element when the server listens, and ends with the server.
    let (listening, told) = AsyncThrowingStream.makeStream(of: Void.self)
    let server = OperationsServer(
      agent: start.agent, host: address.host, port: address.port, logger: logger,
      logLinesDropped: { LogWriter.standardError.dropped }, onListening: { _ in told.yield() })
    var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
    configuration.maximumGracefulShutdownDuration = Self.operationsGrace
    let service = ServiceGroup(configuration: configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await service.run()
          told.finish()
        } catch {
          told.finish(throwing: error)
        }
      }
      for try await _ in listening { break }
      let value = await body()
      await service.triggerGracefulShutdown()
      return value
    }
  }

  private func reload(_ cause: PipelineReloader.Cause) async {
    guard let manager else { return await reloader.reload(cause) }
    await manager.reload(status: { start.status }, by: { await reloader.reload(cause) })
  }

  /// The first request drains the agent, the second ends it at once.
  private func obey(_ signals: ProcessSignals, drainLimit: Duration) async {
    await withDiscardingTaskGroup { stops in
      for await request in signals.requests {
        if request == .drain { manager?.stopping(within: drainLimit, status: start.status) }
        stops.addTask { await start.stop() }
      }
    }
  }
}
