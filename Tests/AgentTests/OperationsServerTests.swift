import Agent
import HTTPWire
import NIOCore
import PhoenixChannels
import TestSupport
import Testing
import TokenVault

@Suite(.timeLimit(.minutes(1))) struct OperationsServerTests {
  @Test func `an agent without a line lives, and is not ready`() async throws {
    try await withOperationsServer(try Bench().agent(gateway: 1)) { port in
      #expect(try await ask("/live", port: port).status == "200")
      let ready = try await ask("/ready", port: port)
      #expect(ready.status == "503")
      #expect(ready.text == "idle\n")
      let health = try await ask("/health", port: port)
      #expect(health.status == "503")
      let page = try JSONValue(parsing: health.text)
      #expect(page["status"] == "unhealthy")
      #expect(page["connected"] == false)
      #expect(page["path_id"] == "p")
      #expect(page["token_expiry"] == "1970-01-12T14:46:40Z")
    }
  }

  @Test(arguments: [
    ("live", "200"), ("livez", "200"), ("ready", "503"), ("readyz", "503"), ("health", "503"), ("healthz", "503"),
    ("metrics", "200"), ("live?full=1", "200"),
  ])
  func `each page is read with GET and HEAD, and kept by nobody`(_ name: String, _ status: String) async throws {
    try await withOperationsServer(try Bench().agent(gateway: 1)) { port in
      let page = try await ask("/\(name)", port: port)
      #expect(page.status == status)
      #expect(!page.text.isEmpty)
      #expect(page.fields["content-length"] == "\(page.text.utf8.count)")
      #expect(page.fields["cache-control"] == "no-store")
      let type =
        switch name {
        case "metrics": "text/plain; version=0.0.4; charset=utf-8"
        case "health", "healthz": "application/json"
        default: "text/plain; charset=utf-8"
        }
      #expect(page.fields["content-type"] == type)
      let head = try await ask("/\(name)", "HEAD", port: port)
      #expect(head.status == status)
      #expect(head.text == "")
      #expect(head.fields["content-type"] == type)
      for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let refused = try await ask("/\(name)", method, port: port)
        #expect(refused.status == "405")
        #expect(refused.fields["allow"] == "GET, HEAD")
      }
    }
  }

  @Test(arguments: ["/", "/other", "/live/", "/metrics/x", "//live", "/%6Cive", "/LIVE"])
  func `another path is not found`(_ path: String) async throws {
    try await withOperationsServer(try Bench().agent(gateway: 1)) { port in
      for method in ["GET", "HEAD", "POST"] {
        let answer = try await ask(path, method, port: port)
        #expect(answer.status == "404")
      }
    }
  }

  @Test(arguments: ["192.0.2.1", "no-such-name.invalid"])
  func `an address that is not of this machine is told`(_ host: String) async throws {
    let server = OperationsServer(agent: nil, host: host, port: 8081, logger: quiet)
    let error = await #expect(throws: OperationsServer.CannotListen.self) { try await server.run() }
    #expect(error?.sentence.hasPrefix("Cannot listen on \(host):8081: ") == true, "\(error as Any)")
    #expect(error?.sentence.hasSuffix(". Choose another address or port.") == true)
  }

  @Test func `a port that is taken is told`() async throws {
    let agent = try await Bench().agent(gateway: 1)
    try await withOperationsServer(agent) { port in
      let server = OperationsServer(agent: agent, host: "127.0.0.1", port: port, logger: quiet)
      let error = await #expect(throws: OperationsServer.CannotListen.self) { try await server.run() }
      #expect(
        error?.sentence
          == "Cannot listen on 127.0.0.1:\(port): Address already in use. Choose another address or port.")
    }
  }

  @Test func `before there is an agent the process lives, and is not ready`() async throws {
    let ports = Reports<Int>()
    let server = OperationsServer(agent: nil, startedAt: now, host: "127.0.0.1", port: 0, logger: quiet) {
      0
    } onListening: {
      ports.send($0)
    }
    let running = Task { try await server.run() }
    let port = try #require(await ports.next())
    #expect(try await ask("/live", port: port).status == "200")
    let ready = try await ask("/ready", port: port)
    #expect(ready.status == "503" && ready.text == "starting\n")
    #expect(try await ask("/metrics", port: port).status == "503")
    let health = try await ask("/health", port: port)
    #expect(health.status == "503")
    #expect(
      try JSONValue(parsing: health.text) == [
        "status": "unhealthy", "connected": false, "ready": false, "phase": "starting",
        "started_at": "1970-01-12T13:46:40Z",
      ])
    running.cancel()
    _ = await running.result
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
      try await withOperationsServer(agent) { port in
        #expect(try await ask("/ready", port: port).status == "200")
        let health = try await ask("/health", port: port)
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
    try await withLineAfterRestart { port in
      let page = try JSONValue(parsing: try await ask("/health", port: port).text)
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
