import Agent
import HTTPTypes
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// Every exchange has one end, and none of them is in the way of a line.
@Suite(.timeLimit(.minutes(1))) struct EndsTests {
  /// A backend that does not go before it is let go, whatever is cancelled.
  private func stubborn(_ gate: Gate) -> Bench {
    Bench { request in
      guard request.target == "/slow" else { return Response(text: request.target) }
      await Task { try? await gate.enter() }.value
      return Response()
    }
  }

  @Test(arguments: ["phx_error", "phx_close", "1012"])
  func `a lost line is replaced while its exchanges have not ended`(_ loss: String) async throws {
    let gate = Gate()
    let bench = stubborn(gate)
    let answers = Reports<String?>()
    try await bench.run { end in
      let join = try await end.join()
      if end.number == 1 {
        try await end.ask("slow", join)
        await gate.waiting(1)
        if loss == "1012" { return await end.socket.close(code: 1012, reason: "") }
        try await end.push(loss, joinRef: join.ref, ref: join.ref)
      }
      let again = end.number == 1 && loss == "phx_error" ? try await end.join() : join
      if end.number == 1, loss == "phx_close" {
        _ = await end.closure()
        return
      }
      try await end.ask("next", again)
      answers.send(try await end.receive().json?["body"]?.stringValue)
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await answers.next() == "/next")
      #expect(agent.status.phase == .up)
      // The old exchange still runs, and is counted.
      #expect(agent.status.inFlight == 1)
      #expect(agent.status.exchanges.running == 1)
      gate.open()
      #expect(await bench.outcomes.reports.next() == .delivered)
      #expect(await bench.outcomes.reports.next() == .abandoned)
      while agent.status.inFlight != 0 || agent.status.exchanges.running != 0 { await Task.yield() }
    }
  }

  @Test(arguments: [[:], GatewayEnd.protocol2] as [JSONValue])
  func `the ends of a stormy day add up`(_ grant: JSONValue) async throws {
    let gate = Gate()
    let bench = Bench { request in
      switch request.target {
      case "/slow": try await gate.enter()
      case "/refused": throw Refusal(status: .forbidden, code: "no", "No.")
      case "/failed": throw CancellationError()
      default: break
      }
      return Response(text: request.target)
    }
    let asked = ["/fine", "/refused", "/failed", "/slow", "/slow"]
    let ready = Reports<Void>()
    try await bench.run { end in
      let join = try await end.join(grant)
      for (index, target) in asked.enumerated() {
        if grant == [:] {
          try await end.ask(String(target.dropFirst()), join)
        } else {
          try await end.push(.get(target, stream: UInt32(index + 1)), joinRef: join.ref)
        }
      }
      if end.number < 3 {
        await gate.waiting(2)
        return await end.socket.close(code: end.number == 1 ? 1006 : 1012, reason: "")
      }
      ready.send(())
      try await end.serveToTheEnd()
    } _: { agent, running in
      _ = await ready.next()
      await gate.waiting(2)
      gate.open()
      await agent.stop()
      try await running.value
      let values = agent.status.exchanges
      #expect(values.began == 15)
      #expect(values.ended == 15 && values.running == 0)
      // What the last line carried is sure; of the others, what had been answered when they were lost.
      #expect(values.delivered >= 3)
      #expect(values.refused >= 1)
      #expect(values.failed >= 1)
      #expect(values.abandoned >= 4)
      var ends: [Outcome.Kind: Int] = [:]
      for _ in 0..<15 { if let end = await bench.outcomes.reports.next() { ends[end, default: 0] += 1 } }
      #expect(
        ends == [
          .delivered: values.delivered, .refused: values.refused, .abandoned: values.abandoned, .failed: values.failed,
        ])
    }
  }

  @Test func `a second stop ends at once`() async throws {
    let gate = Gate()
    var bench = Bench { _ in
      try await gate.enter()
      return Response()
    }
    bench.change = { $0.shutdownGrace = .seconds(42) }
    let closures = Reports<UInt16?>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("slow", join)
      // No leave, no answer to what was asked: the close comes next.
      closures.send(await end.closure()?.code)
    } _: { agent, running in
      await gate.waiting(1)
      let first = Task { await agent.stop() }
      await bench.clock.untilSomebodySleeps(for: .seconds(42))
      await agent.stop()
      await first.value
      try await running.value
      #expect(agent.status.phase == .stopped)
      #expect(await bench.outcomes.reports.next() == .abandoned)
      #expect(await closures.next() == 1000)
      #expect(agent.status.exchanges.running == 0)
      #expect(bench.clock.now.offset == .zero)
    }
  }

  @Test func `a second stop does not wait for a gateway that says nothing`() async throws {
    var bench = Bench()
    bench.change = { $0.shutdownGrace = .seconds(42) }
    let (joined, left, hold) = (Reports<Void>(), Reports<String>(), Gate())
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("r", join)
      _ = try await end.receive()
      joined.send(())
      left.send(try await end.receive().event)
      try await hold.enter()
    } _: { agent, running in
      _ = await joined.next()
      let first = Task { await agent.stop() }
      #expect(await left.next() == "phx_leave")
      await agent.stop()
      await first.value
      try await running.value
      #expect(bench.clock.now.offset == .zero)
      hold.open()
    }
  }
}
