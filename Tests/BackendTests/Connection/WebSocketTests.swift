import HTTPTypes
import HTTPWire
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
  /// The answer that accepts a handshake.
  private static func accept(_ head: [String], _ more: String = "") -> String {
    let name = "sec-websocket-key: "
    let key = head.first { $0.lowercased().hasPrefix(name) }?.dropFirst(name.utf8.count) ?? ""
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: 1\r\n"
      + "Sec-WebSocket-Accept: \(WebSocketHandshake.accept(for: String(key)))\r\n\(more)\r\n"
  }

  private func handshake(_ origin: Origin, _ fields: HTTPFields = [:]) -> BackendRequest {
    BackendRequest(origin: origin, target: "/socket", fields: fields, webSocket: true)
  }

  @Test func `the handshake is made anew, and frames go both ways`() async throws {
    let heads = Mutex<[[String]]>([])
    try await withBackend { connection in
      let head = try await connection.readHead()
      heads.withLock { $0.append(head) }
      // A frame comes in the same segment as the answer.
      try await connection.write(
        ByteBuffer(string: Self.accept(head, "Sec-WebSocket-Protocol: b\r\n")).with([0x01, 2, 0x68, 0x69]))
      // A masked text frame of two octets, and a masked close of code 1000.
      let text = try await connection.read(8)
      #expect(text.getInteger(at: text.readerIndex, as: UInt16.self) == 0x8182)
      let close = try await connection.read(8)
      #expect(close.getInteger(at: close.readerIndex, as: UInt8.self) == 0x88)
      try await connection.write([0x80, 1, 0x21, 0x89, 1, 0x70, 0x88, 2, 0x03, 0xE8])
    } _: { client, origin in
      let answer = try await client.respond(
        to: handshake(
          origin,
          [
            .secWebSocketProtocol: "a, b", .secWebSocketKey: "evil", .secWebSocketExtensions: "permessage-deflate",
            .accept: "*/*",
          ]))
      #expect(answer.status.code == 101)
      #expect(
        answer.fields.map { "\($0.name): \($0.value)" } == ["X: 1", "Sec-WebSocket-Protocol: b"])
      let peer = try #require(answer.webSocket)
      #expect(try await peer.receive() == .data(.text, ByteBuffer(string: "hi"), isFinal: false))
      try await peer.send(.data(.text, ByteBuffer(string: "ho"), isFinal: true))
      try await peer.send(.close(code: 1000, reason: ""))
      #expect(try await peer.receive() == .data(.continuation, ByteBuffer(string: "!"), isFinal: true))
      #expect(try await peer.receive() == .ping(ByteBuffer(string: "p")))
      #expect(try await peer.receive() == .close(code: 1000, reason: ""))
    }
    let head = try #require(heads.withLock { $0.first })
    #expect(head[0] == "GET /socket HTTP/1.1")
    for line in ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Accept: */*"] {
      #expect(head.contains(line))
    }
    #expect(head.filter { $0.hasPrefix("Sec-WebSocket-Key: ") && $0.hasSuffix("==") }.count == 1)
    #expect(!head.contains { $0.contains("evil") || $0.contains("deflate") })
  }

  @Test func `any other answer is an ordinary one, on a connection that is kept`() async throws {
    let connections = Counter()
    try await withBackend { connection in
      connections.next()
      while true {
        _ = try await connection.readHead()
        try await connection.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
      }
    } _: { client, origin in
      for _ in 0..<2 {
        let answer = try await client.respond(to: handshake(origin))
        #expect(answer.status == .forbidden && answer.webSocket == nil)
        #expect(try await answer.body.text == "no")
      }
      #expect(connections.count == 1)
    }
  }

  @Test(arguments: [
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: c3VwZXI=",
    "Upgrade: websocket\r\nConnection: Upgrade",
    "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY",
    "Upgrade: websocket\r\nSec-WebSocket-Accept: KEY",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: c",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\nSec-WebSocket-Extensions: x",
  ])
  func `an answer that agrees to something else is malformed`(fields: String) async throws {
    let ended = Signal()
    try await withBackend { connection in
      let head = try await connection.readHead()
      let key = head.first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19) ?? ""
      let accept = WebSocketHandshake.accept(for: String(key))
      try await connection.write(
        "HTTP/1.1 101 Switching Protocols\r\n\(fields.replacing("KEY", with: accept))\r\n\r\n")
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      #expect(await client.code(of: handshake(origin, [.secWebSocketProtocol: "a, b"])) == "backend-malformed")
      await ended.wait()
    }
  }

  @Test func `an open WebSocket has no limits, takes no place in the pool, and ends when it is aborted`() async throws {
    let clock = ManualClock()
    let ended = Signal()
    let limits = BackendLimits(
      connect: .seconds(2), firstByte: .seconds(10), idle: .seconds(30), total: .seconds(60))
    try await withBackend(
      limits: limits, clock: clock, configuration: .with(connections: 1, waiting: 0)
    ) { connection in
      let head = try await connection.readHead()
      guard head[0].contains("/socket") else {
        return try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      }
      try await connection.write(Self.accept(head))
      _ = try await connection.read(7)
      try await connection.write([0x8A, 1, 0x70])
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      let peer = try #require(try await client.respond(to: handshake(origin)).webSocket)
      clock.advance(by: .seconds(1_000_000))
      #expect(try await client.respond(to: BackendRequest(origin: origin)).body.text == "ok")
      try await peer.send(.ping(ByteBuffer(string: "p")))
      #expect(try await peer.receive() == .pong(ByteBuffer(string: "p")))
      await peer.abort(ClientGone())
      await ended.wait()
    }
  }

  @Test func `a backend that is gone without a close is an error`() async throws {
    try await withBackend { connection in
      try await connection.write(Self.accept(try await connection.readHead()))
    } _: { client, origin in
      let peer = try #require(try await client.respond(to: handshake(origin)).webSocket)
      await #expect(throws: (any Error).self) { try await peer.receive() }
    }
  }
}

extension ByteBuffer {
  fileprivate func with(_ octets: [UInt8]) -> ByteBuffer {
    var all = self
    all.writeBytes(octets)
    return all
  }
}
