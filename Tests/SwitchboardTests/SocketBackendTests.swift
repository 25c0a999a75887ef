import NIOCore
import Switchboard
import TestSupport
import Testing

/// A WebSocket backend on a socket of its own behind `forward`, and a client at the door, on both protocols.
@Suite(.timeLimit(.minutes(2))) struct SocketBackendTests {
  typealias WireFrame = WireSocket.WireFrame

  private func withSockets(
    _ protocolNumber: Int, _ script: @escaping @Sendable (WireSocket) async throws -> Void,
    _ body: (WireSocket) async throws -> Void
  ) async throws {
    try await withHouse {
      $0.protocols = [protocolNumber]
    } backend: { connection in
      try await script(try await WireSocket.accept(connection).0)
    } _: { switchboard in
      let (socket, head) = try await WireSocket.connect(switchboard.port)
      #expect(head.first == "HTTP/1.1 101 Switching Protocols")
      try await body(socket)
      await socket.connection.close()
    }
  }

  /// Text, octets, nothing, fragments with a ping between them, and more than one frame of the tunnel holds.
  private static let sent: [WireFrame] = [
    .init(1, "grüße"), .init(2, ByteBuffer(bytes: [0, 0xFF, 0x80])), .init(1, ""), .init(1, "a", isFinal: false),
    .init(9, "are you there"), .init(0, "b", isFinal: false), .init(0, "c"), .init(10, "unasked"),
    .init(2, ByteBuffer(repeating: 0x5A, count: 300_000)),
  ]
  private static let whole: [WireFrame] = [
    sent[0], sent[1], sent[2], .init(1, "abc"), sent[8],
  ]

  @Test(arguments: [1, 2])
  func `text, octets, fragments and pings pass from either end to the other`(_ protocolNumber: Int) async throws {
    let came = Reports<(data: [WireFrame], control: [WireFrame])>()
    try await withSockets(protocolNumber) { socket in
      came.send(try await socket.messages(Self.whole.count))
      for frame in Self.sent { try await socket.send(frame) }
      await socket.connection.waitForEnd()
    } _: { socket in
      for frame in Self.sent { try await socket.send(frame) }
      for end in [try #require(await came.next()), try await socket.messages(Self.whole.count)] {
        #expect(end.data == Self.whole)
        #expect(end.control == [.init(9, "are you there"), .init(10, "unasked")])
      }
    }
  }

  /// The frames of a close: with a code of its own and a reason, and without.
  private static let closes: [WireFrame] = [.close(4002, "geht zurück"), .close(1000, ""), .init(8, "")]

  @Test(arguments: [1, 2], closes.indices)
  func `a close that the backend begins reaches the client, and is answered`(
    _ protocolNumber: Int, _ index: Int
  ) async throws {
    let close = Self.closes[index]
    let answers = Reports<WireFrame>()
    try await withSockets(protocolNumber) { socket in
      try await socket.send(close)
      answers.send(try await socket.receive())
    } _: { socket in
      #expect(try await socket.receive() == close)
      try await socket.send(close)
      // The code comes back (RFC 6455, 5.5.1); the reason is for the one who began.
      let answer = try #require(await answers.next())
      #expect(answer.opcode == 8)
      #expect(answer.payload.readableBytesView.prefix(2).elementsEqual(close.payload.readableBytesView.prefix(2)))
      await socket.connection.waitForEnd()
    }
  }

  @Test(arguments: [1, 2], closes.indices)
  func `a close that the client begins reaches the backend, and is answered`(
    _ protocolNumber: Int, _ index: Int
  ) async throws {
    let close = Self.closes[index]
    let came = Reports<WireFrame>()
    try await withSockets(protocolNumber) { socket in
      let frame = try await socket.receive()
      came.send(frame)
      try await socket.send(frame)
      // A client's side waits for the server to end the connection (RFC 6455, 7.1.1).
    } _: { socket in
      try await socket.send(close)
      #expect(await came.next() == close)
      #expect(try await socket.receive() == close)
      await socket.connection.waitForEnd()
    }
  }

  @Test(arguments: [1, 2])
  func `a backend that is gone without a close ends the client's socket without one`(_ protocolNumber: Int) async throws
  {
    try await withSockets(protocolNumber) { socket in
      try await socket.send(.init(1, "last words"))
      _ = try await socket.receive()
      await socket.connection.reset()
    } _: { socket in
      let last = try await socket.receive()
      #expect(last == .init(1, "last words"))
      try await socket.send(.init(1, "heard"))
      #expect(await socket.connection.readAll().readableBytes == 0)
    }
  }

  @Test(arguments: [1, 2])
  func `a client that is gone without a close ends the backend's socket without one`(_ protocolNumber: Int) async throws
  {
    let rest = Reports<Int>()
    try await withSockets(protocolNumber) { socket in
      try await socket.send(try await socket.receive())
      rest.send(await socket.connection.readAll().readableBytes)
    } _: { socket in
      try await socket.send(.init(1, "last words"))
      let last = try await socket.receive()
      #expect(last == .init(1, "last words"))
      await socket.connection.reset()
      #expect(await rest.next() == 0)
    }
  }
}
