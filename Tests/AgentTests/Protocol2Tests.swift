import Agent
import HTTPWire
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// What the agent does around a line of protocol 2: its end, its draining, its successor.
@Suite(.timeLimit(.minutes(1))) struct Protocol2Tests {
  /// Nothing of these is a frame that a gateway may send.
  @Test(arguments: [
    TunnelFrame(kind: 0x20, stream: 1).octets, TunnelFrame(kind: TunnelFrame.data, stream: 7).octets,
    TunnelFrame(kind: TunnelFrame.drain, stream: 1).octets, ByteBuffer(bytes: [1, 2, 3]), ByteBuffer(),
  ])
  func `broken framing closes the socket with 1002, and a new line is dialled`(_ octets: ByteBuffer) async throws {
    let gate = Gate()
    let bench = Bench { _ in
      try await gate.enter()
      return Response()
    }
    let (closures, successors) = (Reports<UInt16?>(), Reports<Void>())
    try await bench.run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      guard end.number == 1 else {
        successors.send(())
        return try await end.serveToTheEnd()
      }
      try await end.push(.get("/held", stream: 3), joinRef: join.ref)
      await gate.waiting(1)
      try await end.push(octets, joinRef: join.ref)
      closures.send(await end.closure()?.code)
    } _: { agent, _ in
      #expect(await closures.next() == 1002)
      #expect(await bench.outcomes.reports.next() == .abandoned)
      _ = await successors.next()
      #expect(agent.status.lastLoss?.cause == .framingBroken)
    }
  }

  @Test func `a push of an earlier join breaks nothing`() async throws {
    let answers = Reports<String>()
    try await Bench().run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      try await end.push(ByteBuffer(bytes: [1, 2, 3]), joinRef: "999")
      try await end.push(.get("/on", stream: 1), joinRef: join.ref)
      answers.send(try await end.answer(on: 1).body)
      try await end.serveToTheEnd()
    } _: { _, _ in
      #expect(await answers.next() == "/on")
    }
  }

  @Test func `a line that the gateway drains is replaced before it ends`() async throws {
    let gate = Gate()
    let bench = Bench { request in
      if request.target == "/slow" { try await gate.enter() }
      return Response(text: request.target)
    }
    let steps = Reports<String>()
    let successor = Gate()
    try await bench.run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      if end.number == 1 {
        try await end.push(.get("/slow", stream: 1), joinRef: join.ref)
        await gate.waiting(1)
        try await end.push(TunnelFrame(kind: TunnelFrame.drain), joinRef: join.ref)
        try await successor.enter()
        gate.open()
        steps.send(try await end.answer(on: 1).body)
        return await end.socket.close(code: 1012, reason: "")
      }
      try await end.push(.get("/quick", stream: 1), joinRef: join.ref)
      steps.send(try await end.answer(on: 1).body)
      successor.open()
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await steps.next() == "/quick")
      #expect(await steps.next() == "/slow")
      #expect(await bench.outcomes.reports.next() == .delivered)
      #expect(await bench.outcomes.reports.next() == .delivered)
      #expect(agent.status.phase == .up)
      #expect(agent.status.connections == 2)
      // That it is drained is told, its end is not.
      #expect(agent.status.lastLoss?.cause == .drained)
      #expect(agent.status.losses == ["gateway_drained": 1])
    }
  }

  @Test func `a drained socket whose channel crashes is closed, and does not speak for its successor`() async throws {
    let (successor, hold) = (Gate(), Gate())
    let closures = Reports<UInt16?>()
    try await Bench().run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      guard end.number == 1 else {
        successor.open()
        try await hold.enter()
        return try await end.serveToTheEnd()
      }
      try await end.push(TunnelFrame(kind: TunnelFrame.drain), joinRef: join.ref)
      try await successor.enter()
      try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
      closures.send(await end.closure()?.code)
    } _: { agent, _ in
      #expect(await closures.next() == 1000)
      #expect(agent.status.losses == ["gateway_drained": 1])
      hold.open()
    }
  }

  @Test func `a gateway that drains each line at once is not dialled without a pause`() async throws {
    var bench = Bench()
    bench.generator = BackoffTests.Highest()
    bench.change = { $0.backoff = Backoff(initial: .seconds(4), maximum: .seconds(50)) }
    var expected = Backoff(initial: .seconds(4), maximum: .seconds(50))
    var highest = BackoffTests.Highest()
    let joins = Reports<Int>()
    try await bench.run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      joins.send(end.number)
      try await end.push(TunnelFrame(kind: TunnelFrame.drain), joinRef: join.ref)
      try await end.serveToTheEnd()
    } _: { _, _ in
      #expect(await joins.next() == 1)
      for number in 2...8 {
        await bench.clock.expire(expected.next(using: &highest))
        #expect(await joins.next() == number)
      }
    }
  }

  @Test func `a stop sends DRAIN, lets the exchange end, then leaves, then closes with 1000`() async throws {
    let gate = Gate()
    let bench = Bench { _ in
      try await gate.enter()
      return Response(text: "whole")
    }
    let steps = Reports<String>()
    try await bench.run { end in
      let join = try await end.join(GatewayEnd.protocol2)
      try await end.push(.get("/", stream: 1), joinRef: join.ref)
      let drain = try await end.receive()
      steps.send(
        drain.binary.map(TunnelFrame.all) == [TunnelFrame(kind: TunnelFrame.drain)] ? "drain" : "\(drain)")
      gate.open()
      steps.send(try await end.answer(on: 1).body)
      try await end.reply(to: try await end.receive())
      let leave = try await end.receive()
      steps.send(leave.joinRef == join.ref ? leave.event : "with another join_ref")
      try await end.reply(to: leave)
      steps.send("\(await end.closure()?.code ?? 0)")
    } _: { agent, running in
      await gate.waiting(1)
      await agent.stop()
      for step in ["drain", "whole", "phx_leave", "1000"] { #expect(await steps.next() == step) }
      try await running.value
      #expect(await bench.outcomes.reports.next() == .delivered)
    }
  }

  /// Joins, and tells so when a first request was answered.
  private static func joinAndAsk(_ end: GatewayEnd, _ joined: Reports<Void>) async throws -> PhoenixMessage {
    let join = try await end.join(GatewayEnd.protocol2)
    try await end.push(.get("/", stream: 1), joinRef: join.ref)
    _ = try await end.answer(on: 1)
    joined.send(())
    return join
  }

  @Test func `a request that crosses the DRAIN is refused before the line is left`() async throws {
    let bench = Bench()
    let steps = Reports<String>()
    let joined = Reports<Void>()
    try await bench.run { end in
      let join = try await Self.joinAndAsk(end, joined)
      while let message = try? await end.receive() {
        for frame in message.binary.map(TunnelFrame.all) ?? [] {
          switch frame.kind {
          case TunnelFrame.drain:
            steps.send("drain")
            try await end.push(.get("/late", stream: 2), joinRef: join.ref)
          case TunnelFrame.reset:
            steps.send("\(frame.stream) reset \(frame.payload.readableBytesView.prefix(2).last ?? 0)")
          default: steps.send("frame \(frame.kind)")
          }
        }
        guard message.topic == "telephone:p", message.ref != nil, message.binary == nil else { continue }
        steps.send(message.event)
        try await end.reply(to: message)
      }
    } _: { agent, running in
      _ = await joined.next()
      await agent.stop()
      for step in ["drain", "heartbeat", "2 reset 4", "phx_leave"] { #expect(await steps.next() == step) }
      try await running.value
      #expect(bench.backend.calls == 1)
    }
  }

  @Test func `a gateway that does not say that it read the DRAIN is left all the same`() async throws {
    var bench = Bench()
    bench.change = { $0.heartbeatTimeout = .seconds(11) }
    let steps = Reports<String>()
    let joined = Reports<Void>()
    try await bench.run { end in
      _ = try await Self.joinAndAsk(end, joined)
      while let message = try? await end.receive() {
        steps.send(message.binary == nil ? message.event : "frames")
        if message.event == "phx_leave" { try await end.reply(to: message) }
      }
    } _: { agent, running in
      _ = await joined.next()
      let stopping = Task { await agent.stop() }
      for step in ["frames", "heartbeat"] { #expect(await steps.next() == step) }
      await bench.clock.expire(.seconds(11))
      #expect(await steps.next() == "phx_leave")
      await stopping.value
      try await running.value
    }
  }
}
