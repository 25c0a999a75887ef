import Agent
import HTTPWire
import NIOCore
import PhoenixChannels
import TestSupport
import Testing
import TokenVault

@Suite(.timeLimit(.minutes(1))) struct OperationsServerTests {
  /// The status and the body of a page; tries until somebody listens.
  private func get(_ path: String, port: Int) async throws -> (status: String, text: String) {
    while true {
      guard let connection = try? await RawClient.connect(port: port) else {
        try Task.checkCancellation()
        await Task.yield()
        continue
      }
      try await connection.write("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let answer = await connection.readAllText()
      await connection.close()
      let status = answer.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
      let text = answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
      return (status, text)
    }
  }

  private func serving(_ agent: Agent, _ body: (Int) async throws -> Void) async throws {
    let port = try await RawClient.freePort()
    let server = OperationsServer(agent: agent, host: "127.0.0.1", port: port, logger: quiet)
    let running = Task { try await server.run() }
    var failure: (any Error)?
    do { try await body(port) } catch { failure = error }
    running.cancel()
    _ = await running.result
    if let failure { throw failure }
  }

  @Test func `an agent without a line lives, and is not ready`() async throws {
    try await serving(try Bench().agent(gateway: 1)) { port in
      #expect(try await get("/live", port: port).status == "200")
      let ready = try await get("/ready", port: port)
      #expect(ready.status == "503")
      #expect(ready.text == "idle\n")
      let health = try await get("/health", port: port)
      #expect(health.status == "503")
      let page = try JSONValue(parsing: health.text)
      #expect(page["status"] == "unhealthy")
      #expect(page["connected"] == false)
      #expect(page["path_id"] == "p")
      #expect(page["token_expiry"] == "1970-01-12T14:46:40Z")
      #expect(try await get("/other", port: port).status == "404")
    }
  }

  @Test func `an agent with a line is ready and healthy`() async throws {
    let answered = Reports<Void>()
    try await Bench().run { end in
      let join = try await end.join()
      try await end.ask("r", join)
      _ = try await end.receive()
      answered.send(())
      try await end.serveToTheEnd()
    } _: { agent, _ in
      _ = await answered.next()
      try await serving(agent) { port in
        #expect(try await get("/ready", port: port).status == "200")
        let health = try await get("/health", port: port)
        #expect(health.status == "200")
        let page = try JSONValue(parsing: health.text)
        #expect(page["status"] == "healthy")
        #expect(page["connected"] == true)
        #expect(page["phase"] == "up")
        #expect(page["exchanges"] == 1)
        #expect(page["connections"] == 1)
        #expect(page["in_flight"] == 0)
        #expect(page["lines"] == [["phase": "up", "protocol": 1, "in_flight": 0, "connections": 1]])
        #expect(page["delivered"] == 1)
        let token = try token().rawValue
        #expect(!health.text.contains(token))
      }
    }
  }

  @Test func `the last heartbeats, the round trips and the last loss are shown`() async throws {
    let bench = Bench()
    let clock = bench.clock
    try await bench.run { end in
      let join = try await end.join()
      if end.number == 1 { return await end.socket.close(code: 1012, reason: "deploy") }
      while true {
        let message = try await end.receive()
        if message.joinRef == join.ref { clock.advance(by: .milliseconds(20)) }
        try await end.reply(to: message)
      }
    } _: { agent, _ in
      while agent.status.connections < 2 { await Task.yield() }
      await clock.expire(.seconds(30))
      await clock.untilSomebodySleeps(for: .milliseconds(29_980))
      try await serving(agent) { port in
        let page = try JSONValue(parsing: try await get("/health", port: port).text)
        for page in [page, page["lines"]?.arrayValue?.first] {
          #expect(page?["phase"] == "up")
          #expect(page?["last_heartbeat"] == "1970-01-12T13:46:40Z")
          #expect(page?["last_channel_heartbeat"] == "1970-01-12T13:46:40Z")
          #expect(page?["round_trip_ms"] != nil && page?["smoothed_round_trip_ms"] != nil)
          #expect(page?["last_loss"] == "The socket ended (code 1012, deploy).")
          #expect(page?["last_loss_cause"] == "gateway_restart")
          #expect(page?["last_loss_at"] == "1970-01-12T13:46:40Z")
        }
        #expect(page["losses"] == ["gateway_restart": 1])
        #expect(page["lines"]?.arrayValue?.first?["channel_round_trip_ms"] == 20)
      }
    }
  }
}
