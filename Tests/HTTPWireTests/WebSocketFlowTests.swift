import HTTPWire
import NIOCore
import TestSupport
import Testing

/// What a socket tells of what has moved on it.
@Suite(.timeLimit(.minutes(1))) struct WebSocketFlowTests {
  @Test func `octets of a message that is not whole are told, in fragments too`() async throws {
    try await ChannelPair.withRawClient { server, client in
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let fragment = frame(0x01, [UInt8](repeating: 0x61, count: 50))
      let last = frame(0x80, [UInt8](repeating: 0x61, count: 100))
      func received(_ count: Int) async -> WebSocket.Flow {
        while await socket.flow.received < count { await Task.yield() }
        return await socket.flow
      }
      try await client.write(fragment)
      #expect(await received(fragment.count).unfinished == 50)
      try await client.write([UInt8](last.prefix(80)))
      #expect(await received(fragment.count + 80).unfinished == 130)
      try await client.write([UInt8](last.dropFirst(80)))
      #expect(try await socket.receive() == .text(String(repeating: "a", count: 150)))
      #expect(await received(fragment.count + last.count).unfinished == 0)
    }
  }

  @Test func `what waits for a peer that reads nothing is given and not sent`() async throws {
    try await ChannelPair.withRawClient(buffer: 32 << 10) { server, client in
      let socket = try await ChannelPair.messages(on: server, .init(isServer: true))
      let size = 8 << 20
      async let sent: Void = socket.send(.binary(ByteBuffer(repeating: 1, count: size)))
      while await socket.flow.given < size { await Task.yield() }
      let flow = await socket.flow
      #expect(flow.sent < flow.given)
      _ = try await client.read(size)
      try await sent
      while await socket.flow.sent < flow.given { await Task.yield() }
      #expect(await socket.flow.given == flow.given)
    }
  }
}
