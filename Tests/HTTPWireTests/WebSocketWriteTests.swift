import HTTPWire
import NIOCore
import TestSupport
import Testing

/// How a WebSocket writes: what leaves together, who is held up, and for how long.
@Suite(.timeLimit(.minutes(1))) struct WebSocketWriteTests {
  @Test(arguments: [true, false]) func `what is sent in one turn leaves in one write`(isServer: Bool) async throws {
    try await ChannelPair.with { server, client in
      let channel = isServer ? server : client
      try await WriteCounter.install(on: channel)
      let socket = try await ChannelPair.messages(on: channel, .init(isServer: isServer))
      let other = try await ChannelPair.messages(on: isServer ? client : server, .init(isServer: !isServer))
      // Tasks that wait on the loop are resumed in one turn.
      let loop = channel.eventLoop
      let start = loop.makePromise(of: Void.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        let waiting = Signal<Void>()
        for number in 0..<50 {
          group.addTask(executorPreference: socket.executor) {
            waiting.send(())
            try await start.futureResult.get()
            try await socket.send(.text("message \(number)"))
          }
        }
        for _ in 0..<50 { await waiting.wait() }
        // Behind the last of them, which is about to wait.
        for _ in 0..<3 { try await loop.submit {}.get() }
        start.succeed()
        try await group.waitForAll()
      }
      var texts: Set<String> = []
      for _ in 0..<50 {
        guard case .text(let text) = try await other.receive() else { return }
        texts.insert(text)
      }
      #expect(texts.count == 50)
      let counts = try await WriteCounter.counts(on: channel)
      #expect(counts.writes == counts.flushes)
      #expect(counts.flushes <= 3)
    }
  }

  @Test func `a large message of a server is written without a copy, behind its head`() async throws {
    try await ChannelPair.with { server, client in
      try await WriteCounter.install(on: server)
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let other = try await ChannelPair.messages(on: client, .init(isServer: false))
      let (head, body) = (ByteBuffer(string: "head "), ByteBuffer(repeating: 0x62, count: 100_000))
      try await socket.send(.binary(head: head, body: body))
      var expected = head
      expected.writeImmutableBuffer(body)
      #expect(try await other.receive() == .binary(expected))
      let counts = try await WriteCounter.counts(on: server)
      #expect(counts.writes == 2)
      #expect(counts.flushes == 1)
    }
  }

  @Test func `a task on the socket's executor stays on its thread`() async throws {
    try await ChannelPair.with { server, client in
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let other = try await ChannelPair.messages(on: client, .init(isServer: false))
      let loop = server.eventLoop
      let echo = Task(executorPreference: socket.executor) {
        var stayed = loop.inEventLoop
        while let message = try await socket.receive() {
          stayed = stayed && loop.inEventLoop
          try await socket.send(message)
          stayed = stayed && loop.inEventLoop
        }
        return stayed
      }
      for size in [1, 100_000, 1 << 20] {
        let message = WebSocket.Message.binary(ByteBuffer(repeating: 1, count: size))
        try await other.send(message)
        #expect(try await other.receive() == message)
      }
      await other.close(code: 1000, reason: "")
      #expect(try await echo.value)
    }
  }

  @Test func `the deadline of a write holds when no sender waits`() async throws {
    let clock = TestClock()
    try await ChannelPair.withRawClient(buffer: 4096) { server, client in
      let socket = try await ChannelPair.messages(
        on: server, .init(isServer: true, writeTimeout: .seconds(7)), clock)
      // Until the system takes no more; the last of them waits, the others have returned.
      let sending = Task {
        while true { try await socket.send(.binary(ByteBuffer(repeating: 0, count: 4096))) }
      }
      await clock.untilSomebodySleeps(for: .seconds(7))
      clock.advance(by: .seconds(7))
      // What was sent in the meantime has its own time.
      while socket.closure == nil {
        clock.advance(by: .seconds(1))
        await Task.yield()
      }
      await #expect(throws: WebSocketError(.timedOut)) { try await sending.value }
      #expect(socket.closure == WebSocket.Close(code: 1006))
      #expect(try await socket.receive() == nil)
    }
  }

  @Test func `the last of the pings that came while output waited is answered when the peer reads again`() async throws
  {
    try await ChannelPair.withRawClient(buffer: 4096) { server, client in
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let size = 1 << 20
      async let sent: Void = socket.send(.binary(ByteBuffer(repeating: 7, count: size)))
      // The head of the message is there, so the rest of it waits for the socket.
      _ = try await client.read(10)
      for number: UInt8 in 1...3 { try await client.write(frame(0x89, [number])) }
      try await client.write(frame(0x81, [0x61]))
      try await socket.expect(.text("a"))
      _ = try await client.read(size)
      #expect(try await client.read(3) == ByteBuffer(bytes: [0x8A, 1, 3]))
      try await sent
    }
  }

  @Test func `pongs do not pile up for a peer that reads nothing`() async throws {
    try await ChannelPair.withRawClient(buffer: 4096) { server, client in
      try await WriteCounter.install(on: server)
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let ping = frame(0x89, [UInt8](repeating: 1, count: 125))
      let many = ByteBuffer(bytes: (0..<1000).flatMap { _ in ping })
      for _ in 0..<60 { try await client.write(many) }
      try await client.write(frame(0x81, [0x61]))
      try await socket.expect(.text("a"))
      let counts = try await WriteCounter.counts(on: server)
      #expect(counts.octets > 127)
      #expect(counts.octets < 60 * 1000 * 127 / 2)
    }
  }

  @Test func `a released socket ends its connection`() async throws {
    try await ChannelPair.with { server, client in
      _ = try await ChannelPair.messages(on: server, .init(isServer: true))
      try await client.closeFuture.get()
    }
  }
}
