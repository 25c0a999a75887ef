import Agent
import Foundation
import HTTPTypes
import HTTPWire
import PhoenixChannels
import Synchronization
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

/// Which token a dial shows, and what a refused one leads to.
@Suite(.timeLimit(.minutes(1))) struct RefusedTokenTests {
  /// A gateway that takes one token only.
  private final class PickyGateway: HTTPServerHandler {
    let wanted: String?
    let shown = Reports<String>()

    init(wanted: AgentToken?) { self.wanted = wanted?.rawValue }

    func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
      let token = request.head.target.split(separator: "=").dropFirst().first?.prefix { $0 != "&" } ?? ""
      shown.send(String(token))
      guard String(token) == wanted else { return try await response.respond(status: 403) }
      let end = GatewayEnd(number: 1, target: request.head.target, socket: try await response.upgrade(fields: [:]))
      try await end.join()
      try await end.serveToTheEnd()
    }
  }

  private func run(
    _ bench: Bench, _ gateway: PickyGateway, _ body: (Agent, Task<Void, any Error>) async throws -> Void
  ) async throws {
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: gateway)
    let agent = try await bench.agent(gateway: server.port)
    let running = Task { try await agent.run() }
    try await body(agent, running)
    running.cancel()
    _ = await running.result
    await server.shutdown()
  }

  /// An agent whose token was refreshed once.
  private func bench() async throws -> (bench: Bench, refreshed: AgentToken, first: AgentToken) {
    let (refreshed, first) = (try token(lifetime: .seconds(7200)), try token())
    var bench = Bench()
    let vault = try await heldVault(first)
    _ = try await vault.adopt(refreshed: refreshed.rawValue, at: now)
    bench.vault = vault
    bench.generator = BackoffTests.Lowest()
    bench.change = { $0.refusedTokenWait = .seconds(300) }
    return (bench, refreshed, first)
  }

  @Test func `a token that expires ends the agent when the line before has ended, too`() async throws {
    let hold = Gate()
    let time = TimeOfDay()
    var bench = Bench()
    bench.date = { time.now }
    try await bench.run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      time.advance(by: 3600)
      try await end.push(TunnelFrame(kind: TunnelFrame.drain), joinRef: join.ref)
      try await hold.enter()
    } _: { agent, running in
      while agent.status.lines.first?.phase != .stopped { await Task.yield() }
      hold.open()
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .tokenExpired)
      #expect(agent.status.connections == 1)
    }
  }

  @Test func `after a 403 the token from the settings is tried at once`() async throws {
    let (bench, refreshed, first) = try await bench()
    let gateway = PickyGateway(wanted: first)
    try await run(bench, gateway) { agent, _ in
      #expect(await gateway.shown.next() == refreshed.rawValue)
      #expect(await gateway.shown.next() == first.rawValue)
      await bench.clock.untilSomebodySleeps(for: .seconds(30))
      #expect(agent.status.phase == .up)
      #expect(agent.status.lastLoss?.cause == .dial(.tokenRefused))
      #expect(agent.status.losses == ["token_refused": 1])
      #expect(agent.vault.current.rawValue == first.rawValue)
    }
  }

  @Test func `when both are refused it waits long, and begins with the one in force`() async throws {
    var (bench, refreshed, first) = try await bench()
    bench.change = {
      $0.refusedTokenWait = .seconds(300)
      $0.maxRetries = 1
    }
    let gateway = PickyGateway(wanted: nil)
    try await run(bench, gateway) { agent, running in
      #expect(await gateway.shown.next() == refreshed.rawValue)
      #expect(await gateway.shown.next() == first.rawValue)
      var (plan, lowest) = (agent.settings.plan, BackoffTests.Lowest())
      let wait = plan.failed(.dial(.tokenRefused), using: &lowest)
      await bench.clock.untilSomebodySleeps(for: wait)
      let sentence = agent.status.lastLoss?.sentence ?? ""
      #expect(sentence.contains("TELEPHONE_TOKEN") && sentence.hasSuffix("It is tried again in 300 s."))
      #expect(agent.status.lines.first?.retryAt.map { $0.timeIntervalSince(now).rounded() } == 300)
      bench.clock.advance(by: wait)
      #expect(await gateway.shown.next() == refreshed.rawValue)
      #expect(await gateway.shown.next() == first.rawValue)
      // Both together are one attempt.
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.sentence.contains("after 2 attempts") == true)
      for token in [refreshed, first] { #expect(error?.sentence.contains(token.rawValue) == false) }
    }
  }

  @Test func `a store that was not there at the start is read when the gateway refuses the token`() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/telephone-refused-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let store = try StoreSettings(path: folder + "/telephone.db", secret: String(repeating: "s", count: 32))
    let settings = VaultSettings(token: try token().rawValue, trust: .off, store: store)
    let stored = try token(id: "stored", issuedAt: now.addingTimeInterval(1))
    let earlier = try await TokenVault.open(settings, at: now)
    #expect(try await earlier.adopt(refreshed: stored.rawValue, at: now).isStored)
    await earlier.close()
    try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
    var bench = Bench()
    bench.vault = try await TokenVault.open(settings, at: now)
    bench.change = { $0.refusedTokenWait = .seconds(300) }
    try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
    let gateway = PickyGateway(wanted: stored)
    try await run(bench, gateway) { agent, _ in
      #expect(await gateway.shown.next() == settings.token)
      #expect(await gateway.shown.next() == stored.rawValue)
      while agent.status.phase != .up { await Task.yield() }
      #expect(agent.vault.origin == .store)
    }
  }
}
