import Agent
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct StopTests {
  @Test func `a stop lets the exchange end, then leaves, then closes with 1000`() async throws {
    let gate = Gate()
    var bench = Bench { _ in
      try await gate.enter()
      return Response(text: "whole")
    }
    bench.change = { $0.shutdownGrace = .seconds(42) }
    let steps = Reports<String>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("first", join)
      let answer = try await end.receive()
      steps.send("\(answer.json?["request_id"]?.stringValue ?? "") \(answer.json?["body"]?.stringValue ?? "")")
      let leave = try await end.receive()
      steps.send(leave.joinRef == join.ref ? leave.event : "with another join_ref")
      try await end.reply(to: leave)
      try await end.push("phx_close", joinRef: join.ref, ref: join.ref)
      steps.send("\(await end.closure()?.code ?? 0)")
    } _: { agent, running in
      await gate.waiting(1)
      let stopping = Task { await agent.stop() }
      await bench.clock.untilSomebodySleeps(for: .seconds(42))
      #expect(agent.status.phase == .stopping)
      #expect(agent.status.inFlight == 1)
      gate.open()
      #expect(await steps.next() == "first whole")
      #expect(await steps.next() == "phx_leave")
      #expect(await steps.next() == "1000")
      await stopping.value
      try await running.value
      #expect(agent.status.phase == .stopped)
      #expect(await bench.outcomes.reports.next() == .delivered)
    }
  }

  @Test func `while it drains, a new request is answered 503`() async throws {
    let gate = Gate()
    let draining = Gate()
    var bench = Bench { _ in
      try await gate.enter()
      return Response()
    }
    bench.change = { $0.shutdownGrace = .seconds(42) }
    let answers = Reports<JSONValue?>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("first", join)
      try await draining.enter()
      try await end.ask("late", join)
      answers.send(try await end.receive().json)
      answers.send(try await end.receive().json)
      try await end.serveToTheEnd()
    } _: { agent, running in
      await gate.waiting(1)
      let stopping = Task { await agent.stop() }
      await bench.clock.untilSomebodySleeps(for: .seconds(42))
      draining.open()
      let late = try #require(await answers.next() ?? nil)
      #expect(late["request_id"] == "late")
      #expect(late["status"] == 503)
      #expect(late["headers"]?["retry-after"] == "1")
      gate.open()
      #expect(await answers.next()??["request_id"] == "first")
      await stopping.value
      try await running.value
    }
  }

  @Test func `past the grace the exchange is cut off, and the stop goes on`() async throws {
    let gate = Gate()
    var bench = Bench { _ in
      try await gate.enter()
      return Response()
    }
    bench.change = {
      $0.shutdownGrace = .seconds(42)
      $0.heartbeatInterval = .seconds(3600)
    }
    let steps = Reports<String>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("slow", join)
      let leave = try await end.receive()
      steps.send(leave.event)
      try await end.reply(to: leave)
      try await end.serveToTheEnd()
    } _: { agent, running in
      await gate.waiting(1)
      let stopping = Task { await agent.stop() }
      await bench.clock.expire(.seconds(42))
      #expect(await bench.outcomes.reports.next() == .abandoned)
      #expect(await steps.next() == "phx_leave")
      await stopping.value
      try await running.value
    }
  }

  @Test func `an agent that waits for its next dial stops at once`() async throws {
    var bench = Bench()
    bench.refusal = 503
    bench.generator = BackoffTests.Highest()
    bench.change = { $0.backoff = Backoff(initial: .seconds(99), maximum: .seconds(99)) }
    var (expected, highest) = (Backoff(initial: .seconds(99), maximum: .seconds(99)), BackoffTests.Highest())
    let wait = expected.next(using: &highest)
    try await bench.run { _ in
    } _: { agent, running in
      await bench.clock.untilSomebodySleeps(for: wait)
      #expect(agent.status.phase == .backingOff)
      await agent.stop()
      try await running.value
      #expect(agent.status.phase == .stopped)
    }
  }

  @Test func `an agent that was stopped before it ran does not dial`() async throws {
    let bench = Bench()
    let agent = try await bench.agent(gateway: 1)
    await agent.stop()
    try await agent.run()
    #expect(agent.status.phase == .stopped)
    #expect(agent.status.lastLoss == nil)
  }
}
