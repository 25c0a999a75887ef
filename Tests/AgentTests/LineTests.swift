import Agent
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

/// One line: join, heartbeats, crash and close, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct LineTests {
  @Test func `a dial shows the token and the version, and a join has join_ref equal to ref`() async throws {
    let seen = Reports<(String, PhoenixMessage)>()
    try await Bench().run { end in
      seen.send((end.target, try await end.join()))
      try await end.serveToTheEnd()
    } _: { _, _ in
      let (target, join) = try #require(await seen.next())
      let token = try token().rawValue
      #expect(target == "/telephone/websocket?token=\(token)&vsn=2.0.0")
      #expect(join.topic == "telephone:p")
      #expect(join.event == "phx_join")
      #expect(join.json?.objectValue?.keys.elementsEqual(["telephone"]) == true)
      #expect(join.ref != nil)
      #expect(join.joinRef == join.ref)
    }
  }

  @Test func `every later push carries the ref of the join`() async throws {
    let bench = Bench()
    let seen = Reports<[PhoenixMessage]>()
    let answered = Reports<Void>()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("r1", join)
      let answer = try await end.receive()
      answered.send(())
      try await end.reply(to: try await end.receive())
      let heartbeat = try await end.receive()
      seen.send([join, answer, heartbeat])
      try await end.serveToTheEnd()
    } _: { _, _ in
      _ = await answered.next()
      await bench.clock.expire(.seconds(30))
      let messages = try #require(await seen.next())
      #expect(messages.map(\.event) == ["phx_join", "proxy_res", "heartbeat"])
      #expect(messages.map(\.joinRef) == Array(repeating: messages[0].ref, count: 3))
      #expect(Set(messages.map(\.ref)).count == 3)
      #expect(messages[1].json?["body"] == "/r1")
      #expect(messages[2].json == ["ts": 1_000_000])
    }
  }

  @Test(arguments: ["heartbeat_ack", "phx_reply"])
  func `both heartbeats are sent, and either answer counts`(_ answer: String) async throws {
    let bench = Bench()
    let beats = Reports<Void>()
    try await bench.run { end in
      let join = try await end.join()
      while true {
        let socketBeat = try await end.receive()
        #expect(socketBeat.topic == "phoenix" && socketBeat.joinRef == nil)
        try await end.reply(to: socketBeat)
        let channelBeat = try await end.receive()
        #expect(channelBeat.topic == "telephone:p" && channelBeat.joinRef == join.ref)
        if answer == "phx_reply" {
          try await end.reply(to: channelBeat)
        } else {
          try await end.push("heartbeat_ack", ["ts": 1], joinRef: join.ref)
        }
        beats.send(())
      }
    } _: { agent, _ in
      for _ in 0..<3 {
        await bench.clock.expire(.seconds(30))
        _ = await beats.next()
      }
      await bench.clock.untilSomebodySleeps(for: .seconds(30))
      let status = agent.status
      #expect(status.phase == .up)
      #expect(status.connections == 1)
      #expect(status.lastHeartbeat == now)
      #expect(status.lastChannelHeartbeat == now)
      #expect(status.roundTrip != nil)
    }
  }

  @Test(arguments: ["phoenix", "telephone:p"])
  func `a heartbeat that is not answered ends the socket`(_ topic: String) async throws {
    let bench = Bench()
    let (steps, closures) = (Reports<String>(), Reports<UInt16?>())
    try await bench.run { end in
      try await end.join()
      guard end.number == 1 else {
        steps.send("joined again")
        return try await end.serveToTheEnd()
      }
      for _ in 1...2 {
        let beat = try await end.receive()
        if beat.topic != topic { try await end.reply(to: beat) }
      }
      steps.send("silent")
      closures.send(await end.closure()?.code)
    } _: { agent, _ in
      await bench.clock.expire(.seconds(30))
      #expect(await steps.next() == "silent")
      // Half of the interval, whatever the dial may take.
      await bench.clock.expire(.seconds(15))
      #expect(await steps.next() == "joined again")
      #expect(await closures.next() == 1000)
      #expect(agent.status.lastLoss?.cause == .heartbeatLate)
    }
  }

  @Test(arguments: [[:], ["reason": "channel_crash"]] as [JSONValue])
  func `a crash is followed by a join on the same socket, with a fresh ref`(_ payload: JSONValue) async throws {
    let seen = Reports<[PhoenixMessage]>()
    try await Bench().run { end in
      let first = try await end.join()
      try await end.push("phx_error", payload, joinRef: first.ref, ref: first.ref)
      let second = try await end.join()
      try await end.ask("r", second)
      seen.send([first, second, try await end.receive()])
      try await end.serveToTheEnd()
    } _: { agent, _ in
      let messages = try #require(await seen.next())
      #expect(messages.map(\.event) == ["phx_join", "phx_join", "proxy_res"])
      #expect(messages[0].ref != messages[1].ref)
      #expect(messages[1].joinRef == messages[1].ref)
      #expect(messages[2].joinRef == messages[1].ref)
      #expect(agent.status.connections == 2)
    }
  }

  @Test func `the join after a crash waits a drawn time`() async throws {
    var bench = Bench()
    bench.generator = BackoffTests.Highest()
    bench.change = { $0.backoff = Backoff(initial: .seconds(4), maximum: .seconds(50)) }
    var expected = Backoff(initial: .seconds(4), maximum: .seconds(50))
    var highest = BackoffTests.Highest()
    let joins = Reports<Void>()
    try await bench.run { end in
      while true {
        let join = try await end.join()
        joins.send(())
        try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
      }
    } _: { _, _ in
      for _ in 0..<3 {
        _ = await joins.next()
        await bench.clock.expire(expected.next(using: &highest))
      }
      _ = await joins.next()
    }
  }

  @Test func `a line whose channel crashed is not up until it is joined again`() async throws {
    var bench = Bench()
    bench.generator = BackoffTests.Highest()
    bench.change = { $0.backoff = Backoff(initial: .seconds(4), maximum: .seconds(50)) }
    var (expected, highest) = (Backoff(initial: .seconds(4), maximum: .seconds(50)), BackoffTests.Highest())
    let wait = expected.next(using: &highest)
    let (joined, up) = (Gate(), Reports<Void>())
    try await bench.run { end in
      let join = try await end.join()
      try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
      let again = try await end.receive()
      try await joined.enter()
      try await end.reply(to: again)
      try await end.ask("r", again)
      _ = try await end.receive()
      up.send(())
      try await end.serveToTheEnd()
    } _: { agent, _ in
      await bench.clock.untilSomebodySleeps(for: wait)
      #expect(agent.status.phase == .backingOff)
      bench.clock.advance(by: wait)
      await joined.waiting(1)
      #expect(agent.status.phase == .joining)
      joined.open()
      _ = await up.next()
      #expect(agent.status.phase == .up)
    }
  }

  @Test func `exchanges of a crashed channel are abandoned`() async throws {
    let gate = Gate()
    let bench = Bench { _ in
      try await gate.enter()
      return Response()
    }
    let joined = Reports<Void>()
    let crash = Gate()
    try await bench.run { end in
      let join = try await end.join()
      try await end.ask("r", join)
      try await crash.enter()
      try await end.push("phx_error", joinRef: join.ref, ref: join.ref)
      try await end.join()
      joined.send(())
      try await end.serveToTheEnd()
    } _: { agent, _ in
      await gate.waiting(1)
      crash.open()
      #expect(await bench.outcomes.reports.next() == .abandoned)
      _ = await joined.next()
      #expect(bench.backend.calls == 1)
    }
  }

  @Test func `a stale phx_close is ignored, a true one leads to a new socket`() async throws {
    let steps = Reports<String>()
    try await Bench().run { end in
      let join = try await end.join()
      if end.number == 2 { steps.send("second socket") }
      try await end.push("phx_close", joinRef: "999", ref: "999")
      try await end.ask("r", join)
      steps.send(try await end.receive().event)
      if end.number == 1 { try await end.push("phx_close", joinRef: join.ref, ref: join.ref) }
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await steps.next() == "proxy_res")
      #expect(await steps.next() == "second socket")
      #expect(await steps.next() == "proxy_res")
      #expect(agent.status.lastLoss?.sentence == "The gateway closed the channel.")
    }
  }

  @Test func `a granted base64 body is used`() async throws {
    let answers = Reports<JSONValue?>()
    let bench = Bench { _ in Response(body: Body("\u{1}é")) }
    try await bench.run { end in
      let join = try await end.join(["body_encoding": "base64"])
      try await end.ask("r", join)
      answers.send(try await end.receive().json)
      try await end.serveToTheEnd()
    } _: { _, _ in
      let answer = try #require(await answers.next() ?? nil)
      #expect(answer["body"] == "AcOp")
      #expect(answer["body_encoding"] == "base64")
    }
  }
}
