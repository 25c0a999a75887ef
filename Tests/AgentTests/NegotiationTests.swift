import Agent
import HTTPWire
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import TokenVault

/// What the agent offers when it joins, and what it makes of the answer.
@Suite(.timeLimit(.minutes(1))) struct NegotiationTests {
  private func offer(_ change: (inout Bench) -> Void = { _ in }) async throws -> JSONValue {
    let offers = Reports<JSONValue>()
    var bench = Bench()
    change(&bench)
    var offer: JSONValue?
    try await bench.run { end in
      offers.send(try await end.receive().json?["telephone"] ?? .null)
      _ = await end.closure()
    } _: { _, _ in
      offer = await offers.next()
    }
    return try #require(offer)
  }

  @Test func `both protocols are offered, with the bounds of the second`() async throws {
    let offer = try await offer { $0.change = { $0.maxStreams = 77 } }
    #expect(offer["protocols"] == [1, 2])
    #expect(offer["max_frame"] == 65536)
    #expect(offer["max_message"] == 262144)
    #expect(offer["stream_credit"] == 65536)
    #expect(offer["max_streams"] == 77)
    #expect(offer["agent"]?.stringValue?.hasPrefix("telephone/") == true)
  }

  @Test(arguments: [245, 246]) func `a path id that no binary topic can hold offers protocol 1 only`(
    _ length: Int
  ) async throws {
    let offer = try await offer { $0.pathID = String(repeating: "p", count: length) }
    #expect(offer["protocols"] == (length == 245 ? [1, 2] : [1]))
  }

  @Test(
    arguments: [
      ["status": "connected"], ["telephone": ["protocol": 1]], ["telephone": ["protocol": 1, "max_frame": 1]],
      ["telephone": .null],
    ] as [JSONValue])
  func `without a key of ours, or with 1, it is protocol 1`(_ response: JSONValue) async throws {
    let answers = Reports<PhoenixMessage>()
    try await Bench().run { end in
      try await end.ask("r", try await end.join(response))
      answers.send(try await end.receive())
      try await end.serveToTheEnd()
    } _: { agent, _ in
      let answer = try #require(await answers.next())
      #expect(answer.event == "proxy_res")
      #expect(answer.json?["body"] == "/r")
      #expect(agent.status.lines.map(\.protocolVersion) == [1])
    }
  }

  @Test(
    arguments: [
      ["protocol": 2],
      ["protocol": 2, "max_frame": 16384, "max_message": 16394, "stream_credit": 16384, "other": true],
      ["protocol": 2, "max_frame": 16_777_216, "max_message": 33_554_432, "stream_credit": 2_147_483_647],
    ] as [JSONValue])
  func `a grant of 2 is protocol 2`(_ grant: JSONValue) async throws {
    let answers = Reports<(UInt16, String)>()
    let bench = Bench()
    try await bench.run { end in
      let join = try await end.join(["status": "connected", "telephone": grant])
      try await end.ask("ignored", join)
      try await end.push(.get("/there?x=1", stream: 1), joinRef: join.ref)
      answers.send(try await end.answer(on: 1))
      try await end.serveToTheEnd()
    } _: { agent, _ in
      let (status, body) = try #require(await answers.next())
      #expect(status == 200)
      #expect(body == "/there?x=1")
      #expect(agent.status.lines.map(\.protocolVersion) == [2])
      #expect(bench.backend.calls == 1)
    }
  }

  @Test(
    arguments: [
      ["protocol": 3], ["protocol": 0], ["protocol": "2"], [:], "2", [2],
      ["protocol": 2, "max_frame": 16383], ["protocol": 2, "max_frame": 16_777_217],
      ["protocol": 2, "max_frame": "65536"], ["protocol": 2, "max_frame": -1],
      ["protocol": 2, "max_frame": 65536, "max_message": 65545], ["protocol": 2, "max_message": 33_554_433],
      ["protocol": 2, "stream_credit": 16383], ["protocol": 2, "stream_credit": 2_147_483_648],
      ["protocol": 2, "stream_credit": 70000.5],
    ] as [JSONValue])
  func `a grant that was not offered, or is out of range, is left, and why is told`(_ grant: JSONValue) async throws {
    var bench = Bench()
    bench.change = { $0.maxRetries = 0 }
    let steps = Reports<String>()
    try await bench.run { end in
      let join = try await end.join(["telephone": grant])
      let leave = try await end.receive()
      steps.send("\(leave.event) \(leave.joinRef == join.ref)")
      try await end.reply(to: leave)
      steps.send("\(await end.closure()?.code ?? 0)")
    } _: { agent, running in
      #expect(await steps.next() == "phx_leave true")
      #expect(await steps.next() == "1000")
      let error = await #expect(throws: AgentError.self) { try await running.value }
      #expect(error?.kind == .gaveUp)
      #expect(error?.sentence.contains("answer to the join was not accepted") == true)
      #expect(agent.status.connections == 0)
    }
  }

  @Test func `a join after a crash is negotiated anew`() async throws {
    let answers = Reports<String>()
    try await Bench().run { end in
      let first = try await end.join(GatewayEnd.protocol2)
      try await end.push(.get("/second", stream: 9), joinRef: first.ref)
      answers.send(try await end.answer(on: 9).body)
      try await end.push("phx_error", joinRef: first.ref, ref: first.ref)
      let second = try await end.join()
      try await end.ask("first", second)
      answers.send(try await end.receive().json?["body"]?.stringValue ?? "")
      try await end.push("phx_error", joinRef: second.ref, ref: second.ref)
      let third = try await end.join(GatewayEnd.protocol2)
      // A new line: its ids start again.
      try await end.push(.get("/again", stream: 1), joinRef: third.ref)
      answers.send(try await end.answer(on: 1).body)
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await answers.next() == "/second")
      #expect(await answers.next() == "/first")
      #expect(await answers.next() == "/again")
      #expect(agent.status.connections == 3)
    }
  }
}
