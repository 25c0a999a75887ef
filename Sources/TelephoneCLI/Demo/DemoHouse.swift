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
struct DemoHouse: Sendable {
  /// The path id that the demo's telephone answers for.
  static let pathID = "demo"

  let switchboard: Switchboard
  let agent: Agent
  /// A token that the pipeline's `verify-jwt` takes.
  let token: String
  /// What the backend tells the self-check; `nil` if there is none.
  let signals: DemoSignals?
  /// What closes the parts, in the order in which they were opened.
  private let closing: [@Sendable () async -> Void]

  /// What the target of a call begins with.
  var path: String { "/call/\(Self.pathID)" }
  /// The protocol that the line speaks.
  var protocolVersion: Int? { agent.status.lines.first?.protocolVersion }
  /// Where clients call.
  var base: String { "http://\(switchboard.host):\(switchboard.port)\(path)" }

  /// Opens the house; everything listens on loopback.
  /// - Parameters:
  ///   - port: the switchboard's; 0: the system chooses.
  ///   - settings: variables that the pipeline file may need beside the demo's own.
  ///   - checksItself: whether the backend answers to a self-check; if not, each call's trace is printed.
  /// - Throws: a ``CommandProblem`` that says what to mend.
  static func open(
    pipelinePath: String, port: Int, settings: SettingsSource, logger: Logger, checksItself: Bool
  ) async throws -> DemoHouse {
    var closing: [@Sendable () async -> Void] = []
    do {
      let secret = UUID().uuidString + UUID().uuidString
      let signals = checksItself ? DemoSignals() : nil
      let backend = try await HTTPServer.start(
        .init(host: "127.0.0.1", port: 0), clock: ContinuousClock(), logger: logger,
        handler: DemoBackend(signals: signals))
      closing.append { await backend.shutdown() }
      let variables = ["BACKEND_URL": "http://127.0.0.1:\(backend.port)", "DEMO_SECRET": secret]
      let pipeline = try await Self.pipeline(pipelinePath, variables, settings, logger)
      let live = LivePipeline(pipeline)
      closing.append { await live.shutdown() }
      let switchboard = try await Self.switchboard(port, secret, logger)
      closing.append { await switchboard.shutdown() }
      let tokens = try DemoTokens(secret: secret, at: Date())
      var settings = AgentSettings(
        gateway: "ws://\(switchboard.host):\(switchboard.port)/telephone/websocket")
      settings.shutdownGrace = .seconds(5)
      let agent = Agent(
        settings: settings, pipeline: live, vault: try await tokens.vault(at: Date()), logger: logger,
        tracer: checksItself ? nil : DemoTrace.tracer(pipeline.redaction))
      let running = Task { try await agent.run() }
      closing.append {
        await agent.stop()
        _ = await running.result
      }
      let house = DemoHouse(
        switchboard: switchboard, agent: agent, token: tokens.visitor, signals: signals, closing: closing)
      try await house.joined()
      return house
    } catch {
      for close in closing.reversed() { await close() }
      throw error
    }
  }

  /// Closes everything, the line first.
  func close() async {
    for close in closing.reversed() { await close() }
  }

  private static func switchboard(_ port: Int, _ secret: String, _ logger: Logger) async throws -> Switchboard {
    var settings = SwitchboardSettings(secret: secret)
    settings.port = port
    do {
      return try await Switchboard.start(settings, logger: logger)
    } catch {
      throw CommandProblem.cannotListen(on: "port \(port)", error, remedy: "Choose another with --port.")
    }
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

  /// Waits until switchboard and agent have the line; on loopback that takes milliseconds.
  private func joined() async throws {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: .seconds(10))
    while switchboard.joined[Self.pathID] == nil || agent.status.phase != .up {
      guard clock.now < deadline else {
        throw CommandProblem(
          "The agent did not join within 10 s: \(agent.status.lastLoss?.sentence ?? "no reason is known").",
          .internalFault)
      }
      try await clock.sleep(for: .milliseconds(5))
    }
  }
}

/// The tokens of the demo: the telephone's own, and one for its visitors.
private struct DemoTokens {
  let secret: String
  let telephone: String
  let visitor: String

  init(secret: String, at now: Date) throws {
    self.secret = secret
    let issuer = try TokenIssuer(secret: secret)
    telephone = try issuer.issue(
      subject: "telephone", pathID: DemoHouse.pathID, id: UUID().uuidString.lowercased(), issuedAt: now,
      lifetime: .seconds(86400))
    visitor = try issuer.issue(claims: [
      "sub": "visitor", "aud": "demo", "exp": .integer(Int64(now.timeIntervalSince1970) + 86400),
    ])
  }

  /// The telephone's, verified, and kept in memory only.
  func vault(at now: Date) async throws -> TokenVault {
    let trust = try TokenTrust.secret(secret, from: .tokenSecret)
    return try await TokenVault.open(VaultSettings(token: telephone, trust: trust, store: nil), at: now)
  }
}
