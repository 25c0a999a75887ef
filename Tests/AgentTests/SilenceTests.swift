import Agent
import PhoenixChannels
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

/// A gateway that accepts and then says nothing is found within the interval of the heartbeats and their time limit.
@Suite(.timeLimit(.minutes(1))) struct SilenceTests {
  /// All else is patient.
  private func bench() -> Bench {
    var bench = Bench()
    bench.change = {
      $0.connectTimeout = .seconds(3600)
      $0.heartbeatInterval = .seconds(4)
      $0.heartbeatTimeout = .milliseconds(1500)
      $0.maxRetries = 0
    }
    return bench
  }

  private let limit = Duration.milliseconds(5500)

  /// Runs an agent to its end, while the time that it waits for passes as soon as `isReady` returns.
  private func end(_ bench: Bench, port: Int, _ isReady: () async -> Void = {}) async throws -> AgentStatus {
    let (agent, clock) = (try await bench.agent(gateway: port), bench.clock)
    let running = Task { try await agent.run() }
    await isReady()
    await clock.expiring(limit) {
      _ = await #expect(throws: AgentError.self) { try await running.value }
    }
    // Connecting and the upgrade have the limit each.
    #expect(clock.now.offset <= limit * 2)
    return agent.status
  }

  @Test func `at the dial`() async throws {
    try await StalledListener.with { port in
      let status = try await end(bench(), port: port)
      #expect(status.lastLoss?.cause == .dial(.connectTimedOut))
    }
  }

  @Test func `at the upgrade`() async throws {
    let asked = Reports<Void>()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      asked.send(())
      await connection.waitForEnd()
    } _: { server in
      // The clock may move in the moment between connecting and the wait for the answer: then it was the connection that
      // took too long.
      for _ in 1...20 {
        let status = try await end(bench(), port: server.port) { _ = await asked.next() }
        if status.lastLoss?.cause == .dial(.upgradeTimedOut) { return }
        #expect(status.lastLoss?.cause == .dial(.connectTimedOut))
      }
      Issue.record("the upgrade was never given up")
    }
  }

  @Test func `at the join`() async throws {
    let bench = bench()
    let asked = Reports<Void>()
    try await bench.run { end in
      _ = try await end.receive()
      asked.send(())
      _ = await end.closure()
    } _: { agent, running in
      _ = await asked.next()
      await bench.clock.expire(limit)
      await #expect(throws: AgentError.self) { try await running.value }
      #expect(agent.status.lastLoss?.cause == .joinTimedOut)
      #expect(bench.clock.now.offset == limit)
    }
  }

  /// The gateway's socket stays open, but nobody reads it.
  @Test func `when up`() async throws {
    let bench = bench()
    let (joined, hold) = (Reports<Int>(), Gate())
    try await bench.run { end in
      try await end.join()
      joined.send(end.number)
      try await hold.enter()
    } _: { agent, _ in
      #expect(await joined.next() == 1)
      await bench.clock.expire(.seconds(4))
      await bench.clock.expire(.milliseconds(1500))
      #expect(await joined.next() == 2)
      #expect(agent.status.lastLoss?.cause == .heartbeatLate)
      #expect(bench.clock.now.offset == limit)
      hold.open()
    }
  }
}
