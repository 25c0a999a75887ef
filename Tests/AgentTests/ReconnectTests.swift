import Agent
import Foundation
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

/// What the agent does when the line cannot be had, or is lost.
@Suite(.timeLimit(.minutes(1))) struct ReconnectTests {
  /// 1006 is a connection that ends without a close frame.
  @Test(arguments: [1000, 1001, 1002, 1005, 1006, 1011, 1012] as [UInt16])
  func `whatever a gateway closes with, the agent comes back`(_ code: UInt16) async throws {
    let joins = Reports<Int>()
    try await Bench().run { end in
      try await end.join()
      joins.send(end.number)
      if end.number == 1 { return await end.socket.close(code: code, reason: "") }
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await joins.next() == 1)
      #expect(await joins.next() == 2)
      #expect(agent.status.lastLoss?.cause == .socketLost(code: code))
    }
  }

  @Test func `a connection that is reset while it is dialled counts as a failed attempt`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 2 }
    let attempts = Reports<Void>()
    try await RawServer.with { connection in
      attempts.send(())
      _ = try await connection.read(until: "\r\n\r\n")
      await connection.reset()
    } _: { server in
      let agent = try await bench.agent(gateway: server.port)
      let error = await #expect(throws: AgentError.self) { try await agent.run() }
      #expect(error?.kind == .gaveUp)
      #expect(error?.sentence.contains("after 3 attempts") == true)
      for _ in 0..<3 { _ = await attempts.next() }
      #expect(agent.status.phase == .stopped)
    }
  }

  @Test func `a refused join is told with its reason`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    let closures = Reports<UInt16?>()
    try await bench.run { end in
      try await end.reply(to: try await end.receive(), "error", ["reason": "path is taken"])
      closures.send(await end.closure()?.code)
    } _: { _, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .gaveUp)
      #expect(error?.sentence.contains("path is taken") == true)
      #expect(await closures.next() == 1000)
    }
  }

  @Test func `a 403 at the upgrade is told as a refused token`() async throws {
    var bench = Bench()
    bench.refusal = 403
    bench.change = { $0.maxRetries = 1 }
    try await bench.run { _ in
    } _: { agent, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.sentence.contains("403") == true)
      #expect(error?.sentence.contains("TELEPHONE_TOKEN") == true)
      let token = try token().rawValue
      #expect(error?.sentence.contains(token) == false)
    }
  }

  @Test func `a port that refuses is told`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    let agent = try await bench.agent(gateway: try RawClient.closedPort())
    let error = await #expect(throws: AgentError.self) { try await agent.run() }
    #expect(error?.sentence.contains("refused the connection") == true)
  }

  @Test func `a gateway that never answers the upgrade is given up in time`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      await connection.waitForEnd()
    } _: { server in
      let (agent, clock) = (try await bench.agent(gateway: server.port), bench.clock)
      // The deadline for connecting has the same length, so more than one may have to pass.
      let error = await clock.expiring(.seconds(7)) {
        await #expect(throws: AgentError.self) { try await agent.run() }
      }
      #expect(error?.sentence.contains("in time") == true, "\(error?.sentence ?? "no error")")
    }
  }

  @Test func `a gateway that never answers the join is given up in time`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    let asked = Reports<Void>()
    try await bench.run { end in
      _ = try await end.receive()
      asked.send(())
      _ = await end.closure()
    } _: { _, running in
      _ = await asked.next()
      await bench.clock.expire(.seconds(7))
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.sentence.contains("did not reply on telephone:p in time") == true)
    }
  }

  @Test func `a line that was up starts the count of failures anew`() async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    let joins = Reports<Int>()
    try await bench.run { end in
      try await end.join()
      joins.send(end.number)
      if end.number < 4 { return await end.socket.close(code: 1012, reason: "") }
      try await end.serveToTheEnd()
    } _: { _, _ in
      for number in 1...4 { #expect(await joins.next() == number) }
    }
  }

  @Test func `the wait before the next dial is drawn, and doubles while attempts fail`() async throws {
    var bench = Bench()
    bench.refusal = 503
    bench.generator = BackoffTests.Highest()
    bench.change = {
      $0.backoff = Backoff(initial: .seconds(3), maximum: .seconds(20))
      $0.maxRetries = 4
    }
    var expected = Backoff(initial: .seconds(3), maximum: .seconds(20))
    var highest = BackoffTests.Highest()
    try await bench.run { _ in
    } _: { agent, running in
      for _ in 0..<4 {
        await bench.clock.expire(expected.next(using: &highest))
      }
      await #expect(throws: AgentError.self) { try await running.value }
    }
  }

  @Test func `a token that has expired is not dialled with`() async throws {
    var bench = Bench()
    bench.date = { now.addingTimeInterval(3600) }
    try await bench.run { _ in
      Issue.record("the gateway was dialled")
    } _: { _, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .tokenExpired)
    }
  }

  @Test func `a lost line abandons its exchanges, and nothing is run twice`() async throws {
    let gate = Gate()
    let bench = Bench { request in
      if request.target != "/last" { try await gate.enter() }
      return Response()
    }
    let steps = Reports<String>()
    let lose = Gate()
    try await bench.run { end in
      let join = try await end.join()
      if end.number == 1 {
        try await end.ask("a", join)
        try await end.ask("b", join)
        try await lose.enter()
        return await end.socket.close(code: 1006, reason: "")
      }
      try await end.ask("last", join)
      let answer = try await end.receive()
      steps.send(answer.json?["request_id"]?.stringValue ?? "")
      try await end.serveToTheEnd()
    } _: { _, _ in
      await gate.waiting(2)
      lose.open()
      #expect(await bench.outcomes.reports.next() == .abandoned)
      #expect(await bench.outcomes.reports.next() == .abandoned)
      #expect(await bench.outcomes.reports.next() == .delivered)
      #expect(await steps.next() == "last")
      #expect(bench.backend.calls == 3)
    }
  }
}
