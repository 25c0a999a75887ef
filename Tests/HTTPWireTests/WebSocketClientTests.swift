import HTTPTypes
import HTTPWire
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct WebSocketClientTests {
  private func error(
    _ url: String, clock: any Clock<Duration> = ContinuousClock(),
    configuration: WebSocketClient.Configuration = .init()
  ) async -> DialError? {
    await #expect(throws: DialError.self) {
      try await WebSocketClient(configuration: configuration, clock: clock).connect(to: url)
    }
  }

  @Test(arguments: [
    "", "http://a/", "ws://", "ws://:80/", "ws://u:p@a/", "ws://a:0/", "ws://a:70000/", "ws://a:+1/", "ws://a b/",
    "ws://[::1/", "ws://a:1:2/", "ws://a/\r\nX: y", "ws://ä/",
  ])
  func `a URL that is none is refused`(url: String) async {
    #expect(await error(url)?.kind == .invalidURL)
  }

  @Test func `nobody listens`() async throws {
    let port = try RawClient.closedPort()
    let error = await error("ws://127.0.0.1:\(port)/socket?token=secret")
    #expect(error?.kind == .refused)
    #expect(error?.sentence.contains("127.0.0.1:\(port)") == true)
    #expect(error?.sentence.contains("secret") == false)
  }

  @Test func `a name that does not exist`() async {
    #expect(await error("ws://does-not-exist.invalid/")?.kind == .nameNotResolved)
  }

  @Test(arguments: [
    ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", DialError.Kind.upgradeRefused(status: 403)),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", .upgradeRefused(status: 200)),
    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", .notAWebSocket),
    (
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", .notAWebSocket
    ),
    ("SSH-2.0-OpenSSH_9.2\r\n", .notAWebSocket),
    ("", .connectionLost),
  ])
  func `an answer that is no WebSocket`(answer: String, kind: DialError.Kind) async throws {
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write(answer)
    } _: { server in
      let error = await error("ws://127.0.0.1:\(server.port)/socket/websocket?token=secret&vsn=2.0.0")
      #expect(error?.kind == kind)
      #expect(error.map { "\($0)\($0.detail)".contains("secret") } == false)
    }
  }

  @Test func `the request has the target, the host and the fields`() async throws {
    let seen = Signal<String>()
    try await RawServer.with { connection in
      seen.send(try await connection.read(until: "\r\n\r\n"))
    } _: { server in
      let client = WebSocketClient(clock: ContinuousClock())
      _ = try? await client.connect(
        to: "ws://localhost:\(server.port)?token=a%20b#part", fields: [.named("X-Agent"): "telephone"])
      let request = try #require(await seen.wait())
      #expect(request.hasPrefix("GET /?token=a%20b HTTP/1.1\r\n"))
      #expect(request.contains("Host: localhost:\(server.port)\r\n"))
      #expect(request.contains("X-Agent: telephone\r\n"))
      #expect(!request.lowercased().contains("sec-websocket-extensions"))
    }
  }

  @Test func `frames that come with the 101 are not lost`() async throws {
    try await withSocket(
      server: { try? await $0.send(.text("early")) },
      client: { socket in
        try await socket.expect(.text("early"))
      })
  }

  @Test func `a server that accepts and says nothing is timed out on the upgrade`() async throws {
    let clock = TestClock()
    var configuration = WebSocketClient.Configuration()
    configuration.upgradeTimeout = .seconds(11)
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      await connection.waitForEnd()
    } _: { [configuration] server in
      async let failed = error("ws://127.0.0.1:\(server.port)/", clock: clock, configuration: configuration)
      await clock.expire(.seconds(11))
      #expect(await failed?.kind == .timedOut(.upgrade))
    }
  }

  @Test func `a connection that does not come up is timed out`() async throws {
    let clock = TestClock()
    // A full accept queue answers no SYN: nobody accepts on this listener.
    try await StalledListener.with { port in
      async let failed = error("ws://127.0.0.1:\(port)/", clock: clock)
      await clock.expire(.seconds(10))
      #expect(await failed?.kind == .timedOut(.connect))
    }
  }

  @Test func `a dial that is cancelled ends`() async throws {
    let reached = Signal<Void>()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      reached.send(())
      await connection.waitForEnd()
    } _: { server in
      let dial = Task { await error("ws://127.0.0.1:\(server.port)/") }
      await reached.wait()
      dial.cancel()
      #expect(await dial.value?.kind == .cancelled)
    }
  }
}
