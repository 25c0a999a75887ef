import HTTPTypes
import HTTPWire
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct WebSocketTests {
  /// Sends back what comes, to the end.
  static let echo: @Sendable (WebSocket) async -> Void = { socket in
    while let message = try? await socket.receive() { try? await socket.send(message) }
  }

  @Test(arguments: [
    WebSocket.Message.text(""), .text("grüße"), .binary(ByteBuffer(bytes: 0...255)),
    .binary(ByteBuffer(repeating: 7, count: 200_000)),
  ])
  func `a message comes back as it was sent`(message: WebSocket.Message) async throws {
    try await withSocket(server: Self.echo) { socket in
      try await socket.send(message)
      try await socket.expect(message)
    }
  }

  @Test func `many tasks send whole messages`() async throws {
    try await withSocket(server: Self.echo) { socket in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<64 {
          group.addTask { try await socket.send(.text(String(repeating: "\(number) ", count: 500))) }
        }
        try await group.waitForAll()
      }
      var seen: Set<String> = []
      for _ in 0..<64 {
        guard case .text(let text) = try await socket.receive() else { return }
        let words = Set(text.split(separator: " "))
        #expect(words.count == 1)
        if let word = words.first { seen.insert(String(word)) }
      }
      #expect(seen.count == 64)
    }
  }

  @Test(arguments: [UInt16(1000), 1001, 1002, 1011, 1012, 4321])
  func `a close code reaches the other side, either way`(code: UInt16) async throws {
    try await withSocket(
      server: { await $0.close(code: code, reason: "so it is") },
      client: { socket in
        try await socket.expect(nil)
        #expect(socket.closure == WebSocket.Close(code: code, reason: "so it is"))
      })
    let seen = Signal<WebSocket.Close?>()
    try await withSocket(
      server: {
        _ = try? await $0.receive()
        seen.send($0.closure)
      },
      client: { socket in
        await socket.close(code: code, reason: "from here")
        #expect(await seen.wait() == WebSocket.Close(code: code, reason: "from here"))
        #expect(socket.closure == WebSocket.Close(code: code, reason: "from here"))
      })
  }

  @Test func `a close without a code is 1005, a vanished peer 1006`() async throws {
    for code in [UInt16(1005), 1006] {
      try await withSocket(
        server: { await $0.close(code: code, reason: "") },
        client: { socket in
          try await socket.expect(nil)
          #expect(socket.closure?.code == code)
        })
    }
  }

  @Test func `a message before the close is still received, then sends fail`() async throws {
    try await withSocket(
      server: {
        try? await $0.send(.text("last"))
        await $0.close(code: 1000, reason: "")
      },
      client: { socket in
        try await socket.expect(.text("last"))
        try await socket.expect(nil)
        let error = await #expect(throws: WebSocketError.self) { try await socket.send(.text("x")) }
        #expect(error == WebSocketError(.closed(WebSocket.Close(code: 1000))))
      })
  }

  @Test func `a receive that is cancelled loses nothing`() async throws {
    try await withSocket(server: Self.echo) { socket in
      let waiting = Task { try await socket.receive() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      try await socket.send(.text("kept"))
      try await socket.expect(.text("kept"))
    }
  }

  @Test func `a peer that does not answer the close is cut at the deadline`() async throws {
    let clock = TestClock()
    try await withServer(
      Handler(socket: { socket, _ in await socket.close(code: 1000, reason: "") }), clock: clock,
      configure: { $0.closeTimeout = .seconds(3) },
      run: { server in
        let client = try await RawClient.connect(port: server.port)
        try await client.write(handshake)
        _ = try await client.read(until: "\r\n\r\n")
        #expect(try await client.read(4) == ByteBuffer(bytes: [0x88, 0x02, 0x03, 0xE8]))
        await clock.expire(.seconds(3))
        #expect(await client.readAll() == ByteBuffer())
      })
  }

  @Test func `a peer that reads nothing stops the sender, and the write deadline closes the socket`() async throws {
    let clock = TestClock()
    let failed = Signal<WebSocketError?>()
    try await withServer(
      Handler(socket: { socket, _ in
        do throws(WebSocketError) {
          while true { try await socket.send(.binary(ByteBuffer(repeating: 0, count: 1 << 20))) }
        } catch {
          failed.send(error)
        }
      }), clock: clock, configure: { $0.writeTimeout = .seconds(4) },
      run: { server in
        let client = try await RawClient.connect(port: server.port)
        try await client.write(handshake)
        await clock.untilSomebodySleeps(for: .seconds(4))
        // The system may take some more at first, which gives it more time.
        #expect(await failed.wait(advancing: clock, by: .seconds(1)) == WebSocketError(.timedOut))
        await client.close()
      })
  }

  /// A raw client sends `frames`; what the server does then is compared.
  private func exchange(
    _ frames: [UInt8], maxMessage: Int = 1000
  ) async throws -> (received: [WebSocket.Message], closure: WebSocket.Close?, answer: [UInt8]) {
    let result = Signal<([WebSocket.Message], WebSocket.Close?)>()
    var answer: [UInt8] = []
    var end: ([WebSocket.Message], WebSocket.Close?)?
    let handler = Handler(socket: { socket, _ in
      var messages: [WebSocket.Message] = []
      while let message = try? await socket.receive() { messages.append(message) }
      result.send((messages, socket.closure))
    })
    try await withServer(
      handler, configure: { $0.maxWebSocketMessage = maxMessage },
      run: { server in
        let client = try await RawClient.connect(port: server.port)
        try await client.write(handshake)
        #expect(try await client.read(until: "\r\n\r\n").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        try await client.write(frames)
        if frames.isEmpty { await client.close() }
        end = await result.wait()
        await client.closeOutput()
        answer = Array(await client.readAll().readableBytesView)
      })
    let received = try #require(end)
    return (received.0, received.1, answer)
  }

  @Test func `fragments become one message, with a ping in between that is answered`() async throws {
    let seen = try await exchange(
      frame(0x01, Array("one ".utf8)) + frame(0x89, [1, 2]) + frame(0x00, Array("two ".utf8)) + frame(0x8A, [9])
        + frame(0x80, Array("three".utf8)) + frame(0x88, [0x03, 0xE8]))
    #expect(seen.received == [.text("one two three")])
    #expect(seen.closure == WebSocket.Close(code: 1000))
    #expect(seen.answer == [0x8A, 2, 1, 2, 0x88, 2, 0x03, 0xE8])
  }

  @Test(arguments: [
    ("no mask", frame(0x81, [0x61], masked: false), UInt16(1002)),
    ("a reserved bit", frame(0xC1, [0x61]), 1002),
    ("an unknown opcode", frame(0x83, [0x61]), 1002),
    ("a continuation of nothing", frame(0x80, [0x61]), 1002),
    ("a message inside a message", frame(0x01, [0x61]) + frame(0x81, [0x61]), 1002),
    ("a fragmented ping", frame(0x09), 1002),
    ("a long ping", frame(0x89, [UInt8](repeating: 0, count: 126)), 1002),
    ("text that is not UTF-8", frame(0x81, [0xFF]), 1007),
    ("fragments that are not UTF-8 together", frame(0x01, [0xC3]) + frame(0x80, [0x28]), 1007),
    ("a large message", frame(0x82, [UInt8](repeating: 0, count: 1001)), 1009),
    (
      "a message that is refused by its head, and takes many reads", frame(0x82, [UInt8](repeating: 0, count: 60_000)),
      1009
    ),
    (
      "large fragments",
      frame(0x02, [UInt8](repeating: 0, count: 600)) + frame(0x80, [UInt8](repeating: 0, count: 600)), 1009
    ),
    ("a close of one octet", frame(0x88, [3]), 1002),
    ("a close with 1006", frame(0x88, [0x03, 0xEE]), 1002),
    ("a close whose reason is not UTF-8", frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
  ])
  func `a broken rule closes with its code`(name: String, frames: [UInt8], code: UInt16) async throws {
    let seen = try await exchange(frames)
    #expect(seen.received == [])
    #expect(seen.closure?.code == code)
    #expect(seen.answer.prefix(1) == [0x88])
    #expect(seen.answer.dropFirst(2).prefix(2) == [UInt8(code >> 8), UInt8(code & 0xFF)])
  }

  @Test func `a connection that ends without a close frame is 1006`() async throws {
    #expect(try await exchange([]).closure == WebSocket.Close(code: 1006))
  }

  @Test func `a receiver that takes nothing stops the sender, and gets all in the end`() async throws {
    let clock = TestClock()
    let count = 96
    try await withSocket(
      clock: clock, configure: { $0.writeTimeout = .seconds(77) },
      server: { socket in
        for _ in 0..<count { try? await socket.send(.binary(ByteBuffer(repeating: 3, count: 1 << 19))) }
        await socket.close(code: 1000, reason: "")
      },
      client: { socket in
        // A write that is not done at once: the sender is held up.
        await clock.untilSomebodySleeps(for: .seconds(77))
        var received = 0
        while case .binary(let octets) = try await socket.receive() { received += octets.readableBytes }
        #expect(received == count << 19)
        #expect(socket.closure == WebSocket.Close(code: 1000))
      })
  }

  @Test func `a refused upgrade is served as an ordinary request`() async throws {
    let handler = Handler(
      accepts: { $0.target != "/socket" },
      request: { _, response in try await response.respond(status: 403) })
    try await withServer(handler) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(handshake)
      #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
      await client.close()
    }
  }

  @Test(arguments: [
    (handshake.replacing("Version: 13", with: "Version: 12"), 426),
    (handshake.replacing("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", with: ""), 400),
  ])
  func `a bad handshake is refused`(request: String, status: Int) async throws {
    try await withServer(Handler()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(request)
      #expect(await client.readAllText().hasPrefix("HTTP/1.1 \(status) "))
    }
  }

  @Test func `a request after another on the connection can become a WebSocket`() async throws {
    try await withServer(Handler(socket: { socket, _ in await Self.echo(socket) })) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + handshake)
      _ = try await client.read(until: "101 Switching Protocols")
      _ = try await client.read(until: "\r\n\r\n")
      try await client.write(frame(0x81, [0x61]))
      #expect(try await client.read(3) == ByteBuffer(bytes: [0x81, 1, 0x61]))
      await client.close()
    }
  }
}
