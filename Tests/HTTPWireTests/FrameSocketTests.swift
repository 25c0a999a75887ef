import HTTPWire
import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct FrameSocketTests {
  static func text(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

  @Test func `pieces are handed over as they came, and nothing is answered`() async throws {
    try await ChannelPair.withFrames { server, client in
      let pieces: [WebSocketPiece] = [
        .data(.text, Self.text("grü"), isFinal: false), .ping(Self.text("p")),
        .data(.continuation, ByteBuffer(bytes: [0xC3]), isFinal: false), .pong(ByteBuffer()),
        .data(.continuation, ByteBuffer(), isFinal: true), .data(.binary, ByteBuffer(), isFinal: true),
        .data(.binary, ByteBuffer(repeating: 7, count: 64 << 10), isFinal: true),
      ]
      for (from, to) in [(server, client), (client, server)] {
        for piece in pieces { try await from.send(piece) }
        for piece in pieces { #expect(try await to.receive() == piece) }
      }
    }
  }

  @Test(arguments: [true, false]) func `a close is answered by whoever relays, then the connection ends`(
    serverCloses: Bool
  ) async throws {
    try await ChannelPair.withFrames { server, client in
      let (closer, other) = serverCloses ? (server, client) : (client, server)
      try await closer.send(.close(code: 4321, reason: "so it is"))
      await #expect(throws: WebSocketError.self) { try await closer.send(.ping(ByteBuffer())) }
      #expect(try await other.receive() == .close(code: 4321, reason: "so it is"))
      #expect(try await other.receive() == nil)
      // The other direction is still open.
      try await other.send(.data(.text, Self.text("last"), isFinal: true))
      try await other.send(.close(code: 1005, reason: ""))
      #expect(try await closer.receive() == .data(.text, Self.text("last"), isFinal: true))
      #expect(try await closer.receive() == .close(code: 1005, reason: ""))
      #expect(try await closer.receive() == nil)
      #expect(other.closure == WebSocket.Close(code: 4321, reason: "so it is"))
      #expect(closer.closure == WebSocket.Close(code: 1005))
    }
  }

  @Test func `who lets go right after the last close frame has still sent it`() async throws {
    try await ChannelPair.with { server, client in
      let left = try await ChannelPair.frames(on: server, .init(isServer: true), ContinuousClock())
      let right = try await ChannelPair.frames(on: client, .init(isServer: false), ContinuousClock())
      try await right.send(.close(code: 1000, reason: ""))
      #expect(try await left.receive() == .close(code: 1000, reason: ""))
      try await left.send(.close(code: 1000, reason: "bye"))
      left.abort()
      #expect(try await right.receive() == .close(code: 1000, reason: "bye"))
      try await server.closeFuture.get()
      try await client.closeFuture.get()
    }
  }

  @Test func `a client whose server does not end the connection ends it after a while`() async throws {
    let clock = TestClock()
    try await ChannelPair.with { server, client in
      let socket = try await ChannelPair.frames(
        on: client, .init(isServer: false, closeTimeout: .seconds(3)), clock)
      try await server.writeAndFlush(ByteBuffer(bytes: [0x88, 2, 0x03, 0xE8]))
      #expect(try await socket.receive() == .close(code: 1000, reason: ""))
      try await socket.send(.close(code: 1000, reason: ""))
      await clock.expire(.seconds(3))
      try await client.closeFuture.get()
    }
  }

  static let broken: [([UInt8], UInt16)] = [
    (frame(0x81, [0x61], masked: false), 1002), (frame(0xC1, [0x61]), 1002), (frame(0x80), 1002),
    (frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
  ]

  @Test(arguments: broken)
  func `a broken rule is told to the peer, and thrown behind what came before`(
    octets: [UInt8], code: UInt16
  ) async throws {
    try await ChannelPair.withRawClient { server, client in
      let socket = try await ChannelPair.frames(on: server, .init(isServer: true), ContinuousClock())
      try await client.write(frame(0x82, [1]) + octets)
      #expect(try await socket.receive() == .data(.binary, ByteBuffer(bytes: [1]), isFinal: true))
      let error = await #expect(throws: WebSocketError.self) { try await socket.receive() }
      guard case .closed(let close?) = error?.kind else { return }
      #expect(close.code == code)
      let answer = try await client.read(4)
      #expect(answer.getInteger(at: 0, as: UInt8.self) == 0x88)
      #expect(answer.getInteger(at: 2, as: UInt16.self) == code)
    }
  }

  @Test func `a peer that breaks a rule after our close gets no second one`() async throws {
    try await ChannelPair.withRawClient { server, client in
      let socket = try await ChannelPair.frames(on: server, .init(isServer: true), ContinuousClock())
      try await socket.send(.close(code: 1000, reason: ""))
      try await client.write(frame(0x81, [0x61], masked: false))
      #expect(await client.readAll() == ByteBuffer(bytes: [0x88, 2, 3, 0xE8]))
      #expect(socket.closure?.code == 1002)
    }
  }

  @Test func `a peer that is gone without a close is 1006, also after an abort`() async throws {
    let gone = WebSocketError(.closed(WebSocket.Close(code: 1006)))
    try await ChannelPair.withFrames { server, client in
      try await client.send(.ping(Self.text("first")))
      #expect(try await server.receive() == .ping(Self.text("first")))
      let waiting = Task { try await client.receive() }
      client.abort()
      await #expect(throws: gone) { try await server.receive() }
      await #expect(throws: gone) { try await waiting.value }
      await #expect(throws: gone) { try await client.send(.ping(ByteBuffer())) }
      client.abort()
    }
  }

  @Test func `what has no form on the wire is not sent`() async throws {
    try await ChannelPair.withFrames { server, client in
      let long = ByteBuffer(repeating: 0, count: 126)
      for piece in [.ping(long), .pong(long), .close(code: 1006, reason: ""), .close(code: 999, reason: "")]
        as [WebSocketPiece]
      {
        await #expect(throws: WebSocketError(.malformed)) { try await server.send(piece) }
      }
      try await server.send(.close(code: 1000, reason: ""))
      #expect(try await client.receive() == .close(code: 1000, reason: ""))
    }
  }

  @Test func `a receive that is cancelled loses nothing`() async throws {
    try await ChannelPair.withFrames { server, client in
      let waiting = Task { try await client.receive() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      try await server.send(.ping(Self.text("kept")))
      #expect(try await client.receive() == .ping(Self.text("kept")))
    }
  }

  /// 64 MiB in fragments, either way: the sender is held up by a receiver that takes nothing, all comes in the end.
  @Test(arguments: [true, false]) func `64 MiB in fragments need no 64 MiB`(serverSends: Bool) async throws {
    let clock = TestClock()
    let (size, count) = (256 << 10, 256)
    try await ChannelPair.withFrames(clock: clock, window: 64 << 10, buffer: 64 << 10) { server, client in
      let (sender, receiver) = serverSends ? (server, client) : (client, server)
      let sent = Mutex(0)
      let sending = Task {
        for number in 0..<count {
          try await sender.send(
            .data(
              number == 0 ? .binary : .continuation, ByteBuffer(repeating: UInt8(number), count: size),
              isFinal: number == count - 1))
          sent.withLock { $0 += 1 }
        }
      }
      // A write is not done at once, and nobody receives: its time is 30 s.
      await clock.untilSomebodySleeps(for: .seconds(30))
      #expect(sent.withLock { $0 } < count / 4)
      var octets = 0
      var finals = 0
      var largest = 0
      var isRight = true
      while finals == 0, case .data(let opcode, let part, let isFinal) = try await receiver.receive() {
        isRight = isRight && (opcode == .binary) == (octets == 0)
        isRight = isRight && part.readableBytesView.first == UInt8(octets / size)
        isRight = isRight && part.readableBytesView.last == UInt8((octets + part.readableBytes - 1) / size)
        octets += part.readableBytes
        largest = max(largest, part.readableBytes)
        finals += isFinal ? 1 : 0
      }
      #expect(isRight)
      #expect(octets == size * count)
      #expect(largest <= 128 << 10)
      try await sending.value
    }
  }

  @Test func `one frame of 64 MiB comes in pieces`() async throws {
    try await ChannelPair.withRawClient { server, client in
      let socket = try await ChannelPair.frames(on: server, .init(isServer: true), ContinuousClock())
      let part = ByteBuffer(repeating: 0x61 ^ 0x55, count: 1 << 20)
      let sending = Task {
        try await client.write([0x81, 0xFF, 0, 0, 0, 0, 4, 0, 0, 0, 0x55, 0x55, 0x55, 0x55] as [UInt8])
        for _ in 0..<64 { try await client.write(part) }
      }
      var octets = 0
      while case .data(let opcode, let part, let isFinal) = try await socket.receive() {
        #expect((opcode == .text) == (octets == 0))
        #expect(part.readableBytes <= 128 << 10)
        #expect(part.readableBytesView.first == 0x61)
        octets += part.readableBytes
        if isFinal { break }
      }
      #expect(octets == 64 << 20)
      try await sending.value
    }
  }

  @Test func `1,000 sockets at once`() async throws {
    let listener = try await ChannelPair.Listener()
    let count = 1000
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<count {
        let client = try await ChannelPair.connect(port: listener.port)
        let server = try await listener.accept()
        let left = try await ChannelPair.frames(on: server, .init(isServer: true), ContinuousClock())
        let right = try await ChannelPair.messages(on: client, .init(isServer: false))
        group.addTask {
          // A relay of one piece, and of the close.
          guard let piece = try await left.receive() else { return false }
          try await left.send(piece)
          guard case .close(let code, let reason) = try await left.receive() else { return false }
          try await left.send(.close(code: code, reason: reason))
          return true
        }
        group.addTask {
          try await right.send(.text("hello"))
          let answer = try await right.receive()
          await right.close(code: 1000, reason: "")
          return answer == .text("hello")
        }
      }
      var right = 0
      for try await isRight in group where isRight { right += 1 }
      #expect(right == 2 * count)
    }
    try await listener.channel.close()
  }
}
