import Agent
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// An agent with more than one line: what one does is nothing to the others.
@Suite(.timeLimit(.minutes(1))) struct SeveralLinesTests {
  @Test func `each line dials and joins, and is listed with its own state`() async throws {
    var bench = Bench()
    bench.change = { $0.lines = 3 }
    let answers = Reports<String>()
    try await bench.run { end in
      let join = try await end.join(end.number == 2 ? GatewayEnd.protocol2 : [:])
      if end.number == 2 {
        try await end.push(.get("/2", stream: 1), joinRef: join.ref)
        answers.send(try await end.answer(on: 1).body)
      } else {
        try await end.ask("\(end.number)", join)
        answers.send(try await end.receive().json?["body"]?.stringValue ?? "")
      }
      try await end.serveToTheEnd()
    } _: { agent, _ in
      var bodies: Set<String?> = []
      for _ in 1...3 { bodies.insert(await answers.next()) }
      #expect(bodies == ["/1", "/2", "/3"])
      let status = agent.status
      #expect(status.phase == .up)
      #expect(status.connections == 3)
      #expect(status.lines.map(\.phase) == [.up, .up, .up])
      #expect(status.lines.map(\.connections) == [1, 1, 1])
      #expect(status.lines.compactMap(\.protocolVersion).sorted() == [1, 1, 2])
    }
  }

  @Test(arguments: [[:], GatewayEnd.protocol2] as [JSONValue])
  func `a lost line cancels its own exchanges only, and they are not run again`(_ grant: JSONValue) async throws {
    let gate = Gate()
    var bench = Bench { request in
      try await gate.enter()
      return Response(text: request.target)
    }
    bench.change = { $0.lines = 2 }
    let (joined, steps, lose) = (Reports<Int>(), Reports<String>(), Gate())
    try await bench.run { end in
      let join = try await end.join(grant)
      joined.send(end.number)
      // The successor asks when the others are done.
      if end.number == 3 { try await gate.enter() }
      if grant == [:] {
        try await end.ask("\(end.number)", join)
      } else {
        try await end.push(.get("/\(end.number)", stream: 1), joinRef: join.ref)
      }
      if end.number == 1 {
        try await lose.enter()
        return await end.socket.close(code: 1006, reason: "")
      }
      steps.send(
        grant == [:]
          ? try await end.receive().json?["body"]?.stringValue ?? "" : try await end.answer(on: 1).body)
      try await end.serveToTheEnd()
    } _: { agent, _ in
      await gate.waiting(2)
      #expect(agent.status.lines.map(\.inFlight) == [1, 1])
      lose.open()
      #expect(await bench.outcomes.reports.next() == .abandoned)
      for _ in 1...3 { _ = await joined.next() }
      #expect(agent.status.inFlight == 1)
      gate.open()
      var bodies: Set<String?> = []
      for _ in 1...2 { bodies.insert(await steps.next()) }
      #expect(bodies == ["/2", "/3"])
      #expect(bench.backend.calls == 3)
      #expect(agent.status.lines.map(\.connections).sorted() == [1, 2])
    }
  }

  @Test func `a channel that crashes is joined again on its own socket`() async throws {
    var bench = Bench()
    bench.change = { $0.lines = 2 }
    let (joins, crash) = (Reports<Int>(), Gate())
    try await bench.run { end in
      let join = try await end.join()
      joins.send(end.number)
      if end.number == 1 {
        try await crash.enter()
        try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
        try await end.join()
        joins.send(end.number)
      }
      try await end.serveToTheEnd()
    } _: { agent, _ in
      _ = await joins.next()
      _ = await joins.next()
      crash.open()
      #expect(await joins.next() == 1)
      #expect(agent.status.lines.compactMap(\.lastLoss).map(\.cause) == [.channelCrashed])
    }
  }

  @Test func `a line that fails backs off alone, and ends nothing while another is up`() async throws {
    var bench = Bench()
    bench.generator = BackoffTests.Highest()
    bench.change = {
      $0.lines = 2
      $0.maxRetries = 1
      $0.heartbeatInterval = .seconds(3600)
      $0.backoff = Backoff(initial: .seconds(4), maximum: .seconds(50))
    }
    var expected = Backoff(initial: .seconds(4), maximum: .seconds(50))
    var highest = BackoffTests.Highest()
    let (joined, lose) = (Reports<Void>(), Gate())
    try await bench.run { end in
      // The first that comes is served, all others are refused.
      let join = try await end.receive()
      guard end.number == 1 else { return try await end.reply(to: join, "error", ["reason": "one is enough"]) }
      try await end.reply(to: join)
      try await end.ask("r", join)
      _ = try await end.receive()
      joined.send(())
      try await lose.enter()
      await end.socket.close(code: 1012, reason: "")
    } _: { agent, running in
      _ = await joined.next()
      var wait = expected.next(using: &highest)
      for _ in 0..<4 {
        await bench.clock.untilSomebodySleeps(for: wait)
        #expect(agent.status.phase == .up)
        #expect(Set(agent.status.lines.map(\.phase)) == [.up, .backingOff])
        bench.clock.advance(by: wait)
        wait = expected.next(using: &highest)
      }
      // That one line is lost now, too: its own tries still count.
      await bench.clock.untilSomebodySleeps(for: wait)
      lose.open()
      let first = Backoff(initial: .seconds(4), maximum: .seconds(50))
      var fresh = first
      await bench.clock.expire(fresh.next(using: &highest))
      await bench.clock.expire(fresh.next(using: &highest))
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .gaveUp)
      #expect(error?.sentence.contains("one is enough") == true)
    }
  }

  @Test func `when no line can be had, the agent gives up`() async throws {
    var bench = Bench()
    bench.refusal = 503
    bench.change = {
      $0.lines = 3
      $0.maxRetries = 1
    }
    try await bench.run { _ in
    } _: { agent, running in
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .gaveUp)
      #expect(agent.status.phase == .stopped)
      #expect(agent.status.lines.map(\.phase) == [.stopped, .stopped, .stopped])
    }
  }

  @Test func `a stop drains every line, leaves, and closes with 1000`() async throws {
    let gate = Gate()
    var bench = Bench { request in
      try await gate.enter()
      return Response(text: request.target)
    }
    bench.change = {
      $0.lines = 2
      $0.shutdownGrace = .seconds(42)
    }
    let steps = Reports<String>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("\(end.number)", join)
      var words = "\(try await end.receive().json?["body"]?.stringValue ?? "")"
      let leave = try await end.receive()
      words += " \(leave.event)"
      try await end.reply(to: leave)
      steps.send("\(words) \(await end.closure()?.code ?? 0)")
    } _: { agent, running in
      await gate.waiting(2)
      let stopping = Task { await agent.stop() }
      await bench.clock.untilSomebodySleeps(for: .seconds(42))
      gate.open()
      var ends: Set<String?> = []
      for _ in 1...2 { ends.insert(await steps.next()) }
      #expect(ends == ["/1 phx_leave 1000", "/2 phx_leave 1000"])
      await stopping.value
      try await running.value
    }
  }
}
