import HTTPWire
import NIOCore
import PhoenixChannels
import TestSupport
import Testing

/// The client over a real WebSocket, against a small gateway made of a real server.
@Suite(.timeLimit(.minutes(1))) struct LoopbackTests {
  /// Answers joins, calls and heartbeats with "ok" and their own payload; closes on "stop", crashes on "crash".
  struct Gateway: HTTPServerHandler {
    func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
      guard request.head.asksForWebSocket, request.head.target == "/socket/websocket?token=a%20b&vsn=2.0.0" else {
        return try await response.respond(status: 403)
      }
      await serve(try await response.upgrade())
    }

    private func serve(_ socket: WebSocket) async {
      let serializer = PhoenixSerializer(role: .server)
      while let received = try? await socket.receive() {
        guard let message = try? serializer.decode(received) else {
          return await socket.close(code: 1011, reason: "")
        }
        if message.event == "stop" { return await socket.close(code: 1012, reason: "restart") }
        if message.event == "crash" {
          let error = PhoenixMessage(
            joinRef: message.joinRef, ref: message.joinRef, topic: message.topic, event: "phx_error", json: [:])
          if let encoded = try? serializer.encode(error) { try? await socket.send(encoded) }
          continue
        }
        let reply = PhoenixReply(status: "ok", response: message.payload)
        let answer = reply.message(joinRef: message.joinRef, ref: message.ref, topic: message.topic)
        if let encoded = try? serializer.encode(answer) { try? await socket.send(encoded) }
      }
    }
  }

  private func withGateway(_ body: (_ url: String) async throws -> Void) async throws {
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: Gateway())
    do {
      try await body("ws://127.0.0.1:\(server.port)/socket/websocket")
    } catch {
      await server.shutdown()
      throw error
    }
    await server.shutdown()
  }

  private func with(_ body: (PhoenixSocket) async throws -> Void) async throws -> WebSocket.Close? {
    var end: WebSocket.Close?
    try await withGateway { url in
      let client = WebSocketClient(clock: ContinuousClock())
      let socket = try await client.connect(to: SocketURL(gateway: url, token: "a b").secretURL)
      let phoenix = PhoenixSocket(transport: WebSocketTransport(socket), clock: ContinuousClock(), logger: quiet)
      let running = Task { await phoenix.run() }
      try await body(phoenix)
      await phoenix.close()
      end = await running.value
    }
    return end
  }

  @Test func `join, call, heartbeat and leave`() async throws {
    let end = try await with { socket in
      let channel = try await socket.join(topic: "telephone:p", payload: ["a": 1])
      #expect(channel.joinResponse == ["a": 1])
      #expect(try await socket.heartbeat() > .zero)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            let payload: JSONValue = [
              "n": .integer(Int64(number)), "text": .string(String(repeating: "é", count: 5000)),
            ]
            let reply = try await channel.call("echo", payload)
            #expect(reply.json == payload)
          }
        }
        try await group.waitForAll()
      }
      try await channel.leave()
    }
    #expect(end == WebSocket.Close(code: 1000))
  }

  @Test func `a message is read and pushed on the thread of its socket`() async throws {
    _ = try await with { socket in
      let loop = try #require((socket.executor as? LoopExecutor)?.loop)
      let channel = try await socket.join(topic: "t", payload: [:])
      let stayed = await Task(executorPreference: socket.executor) {
        var stayed = loop.inEventLoop
        for number in Int64(0)..<20 {
          // A reply to a push is nobody's; an echo with a ref of its own is a call.
          let reply = try? await channel.call("echo", .integer(number))
          stayed = stayed && loop.inEventLoop && reply?.json == .integer(number)
          try? await channel.push("echo", .binary(ByteBuffer(bytes: [1])))
          stayed = stayed && loop.inEventLoop
        }
        return stayed
      }.value
      #expect(stayed)
    }
  }

  @Test func `a crash is followed by a join on the same socket`() async throws {
    _ = try await with { socket in
      let channel = try await socket.join(topic: "t", payload: [:])
      try await channel.push("crash", .json([:]))
      #expect(await channel.next() == .crashed(reason: nil))
      let again = try await socket.join(topic: "t", payload: [:])
      #expect(try await again.call("e", 1).isOK)
    }
  }

  @Test func `a restart of the gateway ends the channel with 1012`() async throws {
    let end = try await with { socket in
      let channel = try await socket.join(topic: "t", payload: [:])
      try await channel.push("stop", .json([:]))
      #expect(await channel.next() == nil)
      #expect(socket.closure == WebSocket.Close(code: 1012, reason: "restart"))
    }
    #expect(end?.code == 1012)
  }

  @Test func `a refused token is a 403`() async throws {
    try await withGateway { url in
      let error = await #expect(throws: DialError.self) {
        try await WebSocketClient(clock: ContinuousClock())
          .connect(to: SocketURL(gateway: url, token: "wrong").secretURL)
      }
      #expect(error?.kind == .upgradeRefused(status: 403))
      #expect(error?.sentence.contains("wrong") == false)
    }
  }
}
