import Agent
import HTTPWire
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// A stop while a line that the gateway drains still serves beside its successor.
@Suite(.timeLimit(.minutes(1))) struct DrainedLineTests {
  private let gate = Gate()
  /// What happens, each with the number of the socket.
  private let steps = Reports<String>()
  /// The successor serves.
  private let serves = Reports<Void>()

  /// The exchange `/slow` ends when the gate opens.
  private func bench() -> Bench {
    var bench = Bench { [gate] request in
      if request.target == "/slow" { try await gate.enter() }
      return Response(text: request.target)
    }
    bench.change = {
      $0.shutdownGrace = .seconds(42)
      $0.heartbeatInterval = .seconds(3600)
    }
    return bench
  }

  /// A gateway that drains its first line while an exchange runs there, and tells what the telephone does.
  private func gateway(cutsAfterAnswer: Bool = false) -> @Sendable (GatewayEnd) async throws -> Void {
    { [gate, steps, serves] end in
      let join = try await end.join(GatewayEnd.protocol2)
      if end.number == 1 {
        try await end.push(.get("/slow", stream: 1), joinRef: join.ref)
        await gate.waiting(1)
        try await end.push(TunnelFrame(kind: TunnelFrame.drain), joinRef: join.ref)
      } else {
        // What serves has joined.
        try await end.push(.get("/quick", stream: 1), joinRef: join.ref)
        _ = try await end.answer(on: 1)
        serves.send(())
      }
      while let message = try? await end.receive() {
        for frame in message.binary.map(TunnelFrame.all) ?? [] {
          switch frame.kind {
          case TunnelFrame.drain: steps.send("\(end.number) drains")
          case TunnelFrame.responseHead: steps.send("\(end.number) answers")
          case TunnelFrame.reset: steps.send("\(end.number) resets")
          default: break
          }
          if frame.kind != TunnelFrame.drain, frame.endsDirection, cutsAfterAnswer {
            return await end.socket.close(code: 1012, reason: "")
          }
        }
        if message.event == "heartbeat" { try await end.reply(to: message) }
        guard message.event == "phx_leave" else { continue }
        steps.send("\(end.number) leaves")
        try await end.reply(to: message)
      }
      steps.send("\(end.number) closes with \(end.socket.closure?.code ?? 0)")
    }
  }

  /// Each socket tells in its own order, and the second has nothing to wait for before it leaves.
  private func untilBothDrain() async -> [String] {
    var told: [String] = []
    while !(told.contains("1 drains") && told.contains("2 drains")), let step = await steps.next() { told.append(step) }
    return told
  }

  @Test func `the exchange of the drained line ends, and then the agent stops`() async throws {
    let bench = bench()
    try await bench.run(gateway()) { agent, running in
      _ = await serves.next()
      let stopping = Task {
        await agent.stop()
        steps.send("stopped")
      }
      var told = await untilBothDrain()
      #expect(agent.status.phase == .stopping)
      #expect(agent.status.inFlight == 1)
      gate.open()
      told += await steps.next(8 - told.count)
      #expect(told.filter { $0.hasPrefix("1") } == ["1 drains", "1 answers", "1 leaves", "1 closes with 1000"])
      #expect(told.filter { $0.hasPrefix("2") } == ["2 drains", "2 leaves", "2 closes with 1000"])
      #expect(told.last == "stopped")
      await stopping.value
      try await running.value
      #expect(await bench.outcomes.reports.next(2) == [.delivered, .delivered])
      #expect(agent.status.phase == .stopped)
      #expect(agent.status.connections == 2)
    }
  }

  @Test func `a gateway that closes the drained line after its answer keeps no agent from stopping`() async throws {
    let bench = bench()
    try await bench.run(gateway(cutsAfterAnswer: true)) { agent, running in
      _ = await serves.next()
      let stopping = Task { await agent.stop() }
      var told = await untilBothDrain()
      gate.open()
      told += await steps.next(5 - told.count)
      #expect(told.filter { $0.hasPrefix("1") } == ["1 drains", "1 answers"])
      #expect(told.filter { $0.hasPrefix("2") } == ["2 drains", "2 leaves", "2 closes with 1000"])
      await stopping.value
      try await running.value
      #expect(await bench.outcomes.reports.next(2) == [.delivered, .delivered])
      #expect(agent.status.losses == ["gateway_drained": 1])
    }
  }

  @Test func `past the grace the exchange of the drained line is cut off, and the agent stops`() async throws {
    let bench = bench()
    try await bench.run(gateway()) { agent, running in
      _ = await serves.next()
      let stopping = Task { await agent.stop() }
      var told = await untilBothDrain()
      // The second has ended before the time passes, which is that of its leave, too.
      while !told.contains("2 closes with 1000"), let step = await steps.next() { told.append(step) }
      await bench.clock.expire(.seconds(42))
      #expect(await bench.outcomes.reports.next(2) == [.delivered, .abandoned])
      await stopping.value
      try await running.value
      // A RESET may leave before the channel does.
      while told.count < 6, let step = await steps.next() {
        if step != "1 resets" { told.append(step) }
      }
      #expect(told.filter { $0.hasPrefix("1") } == ["1 drains", "1 leaves", "1 closes with 1000"])
      #expect(told.filter { $0.hasPrefix("2") } == ["2 drains", "2 leaves", "2 closes with 1000"])
      #expect(agent.status.phase == .stopped)
    }
  }
}
