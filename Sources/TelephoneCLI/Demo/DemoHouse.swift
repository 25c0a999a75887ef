import Agent
import Foundation
import HTTPWire
import KeySets
import Logging
import PipelineFile
import Switchboard
import TelephoneKit
import TokenVault
import Tunnel

/// Backend, switchboard and agent in one process, joined and ready.
struct DemoHouse {
  /// The path id that the demo's telephone answers for.
  static let pathID = "demo"

  let backend: HTTPServer
  let switchboard: Switchboard
  let agent: Agent
  let pipeline: Pipeline
  /// A token that the pipeline's `verify-jwt` takes.
  let token: String
  private let agentTask: Task<Void, any Error>

  /// What the target of a call begins with.
  var path: String { "/call/\(Self.pathID)" }
  /// Where clients call.
  var base: String { "http://\(switchboard.host):\(switchboard.port)\(path)" }

  /// Opens the house; everything listens on loopback.
  /// - Parameters:
  ///   - port: the switchboard's; 0: the system chooses.
  ///   - settings: variables that the pipeline file may need beside the demo's own.
  /// - Throws: a ``CommandProblem`` that says what to mend.
  static func open(
    pipelinePath: String, port: Int, settings: SettingsSource, logger: Logger, tracer: Protocol1Line.Tracer?
  ) async throws -> DemoHouse {
    let clock = ContinuousClock()
    let secret = UUID().uuidString + UUID().uuidString
    let backend = try await HTTPServer.start(
      .init(host: "127.0.0.1", port: 0), clock: clock, logger: logger, handler: DemoBackend())
    let variables = ["BACKEND_URL": "http://127.0.0.1:\(backend.port)", "DEMO_SECRET": secret]
    do {
      let pipeline = try await Self.pipeline(pipelinePath, variables, settings, logger)
      var switchboardSettings = SwitchboardSettings(secret: secret)
      switchboardSettings.port = port
      let switchboard: Switchboard
      do {
        switchboard = try await Switchboard.start(switchboardSettings, logger: logger)
      } catch {
        throw CommandProblem("Cannot listen on port \(port): \(error). Choose another with --port.")
      }
      let issuer = try TokenIssuer(secret: secret)
      let dial = try issuer.issue(
        subject: "telephone", pathID: pathID, id: UUID().uuidString.lowercased(), issuedAt: Date(),
        lifetime: .seconds(86400))
      var settings = AgentSettings(
        gateway: "ws://\(switchboard.host):\(switchboard.port)/telephone/websocket", token: try AgentToken(dial))
      settings.shutdownGrace = .seconds(5)
      let agent = Agent(settings: settings, pipeline: pipeline, logger: logger, tracer: tracer)
      let visitor = try issuer.issue(claims: [
        "sub": "visitor", "aud": "demo",
        "exp": .integer(Int64(Date().timeIntervalSince1970) + 86400),
      ])
      let house = DemoHouse(
        backend: backend, switchboard: switchboard, agent: agent, pipeline: pipeline, token: visitor,
        agentTask: Task { try await agent.run() })
      try await house.joined()
      return house
    } catch {
      await backend.shutdown()
      throw error
    }
  }

  /// Closes everything, the line first.
  func close() async {
    await agent.stop()
    _ = await agentTask.result
    await switchboard.shutdown()
    await pipeline.shutdown()
    await backend.shutdown()
  }

  private static func pipeline(
    _ path: String, _ variables: [String: String], _ settings: SettingsSource, _ logger: Logger
  ) async throws -> Pipeline {
    let loader = PipelineLoader(registry: Shelf.registry, mode: .run, variables: { variables[$0] ?? settings[$0] })
    do {
      return try await loader.load(path: path).build(logger: logger)
    } catch let error as PipelineFileError {
      throw PipelineFiles.problem(error, path)
    }
  }

  /// Waits until the switchboard has the line; on loopback that takes milliseconds.
  private func joined() async throws {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: .seconds(10))
    while switchboard.joined[Self.pathID] == nil {
      guard clock.now < deadline else {
        throw CommandProblem(
          "The agent did not join within 10 s: \(agent.status.lastLoss ?? "no reason is known").", .internalFault)
      }
      try await clock.sleep(for: .milliseconds(5))
    }
  }
}
