import HTTPTypes
import NIOCore
import Switchboard
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

/// WebSockets from a client at the door to a pipeline's backend, on both protocols.
@Suite(.timeLimit(.minutes(2))) struct WebSocketTests {
  /// A backend that sends back what comes, frame by frame, closes too.
  static let echo: @Sendable (Request) async throws -> Response = { request in
    guard request.asksForWebSocket else { return Response(status: .badRequest) }
    let pair = WebSocketPair()
    Task {
      while let frame = try? await pair.outer.receive() {
        try await pair.outer.send(frame)
        if case .close = frame { return }
      }
    }
    var fields = HTTPFields()
    if request.fields[.secWebSocketProtocol] != nil { fields[.secWebSocketProtocol] = "b" }
    return Response(status: .switchingProtocols, fields: fields, webSocket: pair.inner)
  }

  private func withEcho(_ protocolNumber: Int, _ body: (Switchboard) async throws -> Void) async throws {
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      try await withAgent(switchboard.port, Self.echo) {
        try await switchboard.untilJoined()
        try await body(switchboard)
      }
    }
  }

  @Test(arguments: [1, 2])
  func `messages of both kinds pass both ways, and a close with its code and reason`(_ protocolNumber: Int) async throws
  {
    try await withEcho(protocolNumber) { switchboard in
      let (socket, head) = try await WireSocket.connect(
        switchboard.port, fields: ["Sec-WebSocket-Protocol: a, b"])
      #expect(head.first == "HTTP/1.1 101 Switching Protocols")
      #expect(head.contains("Sec-WebSocket-Protocol: b"))
      #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
      try await socket.send(.init(1, "grüße"), .init(2, ByteBuffer(bytes: [0, 0xFF, 0x80])), .init(1, ""))
      #expect(try await socket.message() == (1, ByteBuffer(string: "grüße")))
      #expect(try await socket.message() == (2, ByteBuffer(bytes: [0, 0xFF, 0x80])))
      #expect(try await socket.message() == (1, ByteBuffer()))
      try await socket.send(.close(4001, "das war's"))
      #expect(try await socket.receive() == .close(4001, "das war's"))
      await socket.connection.waitForEnd()
    }
  }

  @Test func `fragments and pings keep their order, and a message ends once`() async throws {
    try await withEcho(2) { switchboard in
      let (socket, _) = try await WireSocket.connect(switchboard.port)
      try await socket.send(
        .init(1, "a", isFinal: false), .init(9, "are you there"), .init(0, "b", isFinal: false), .init(0, "c"),
        .init(10, "unasked"))
      #expect(try await socket.receive() == .init(1, "a", isFinal: false))
      #expect(try await socket.receive() == .init(9, "are you there"))
      // Who has no extensions may join fragments that come together (RFC 6455, 5.4).
      var rest = try await socket.receive()
      while !rest.isFinal {
        let next = try await socket.receive()
        #expect(next.opcode == 0)
        rest.payload.writeImmutableBuffer(next.payload)
        rest.isFinal = next.isFinal
      }
      #expect(rest == .init(0, "bc"))
      #expect(try await socket.receive() == .init(10, "unasked"))
      try await socket.send(.init(8, ""))
      #expect(try await socket.receive() == .init(8, ""))
      await socket.connection.waitForEnd()
    }
  }

  @Test func `64 MiB in fragments come back`() async throws {
    try await withEcho(2) { switchboard in
      let (socket, _) = try await WireSocket.connect(switchboard.port)
      let fragment = ByteBuffer(repeating: 0x5A, count: 1 << 20)
      async let sent: Void = {
        for number in 0..<64 {
          try await socket.send(.init(number == 0 ? 2 : 0, fragment, isFinal: number == 63))
        }
      }()
      var came = 0
      var opcodes: Set<UInt8> = []
      while came < 64 << 20 {
        let frame = try await socket.receive()
        #expect(frame.isFinal == (came + frame.payload.readableBytes == 64 << 20))
        #expect(opcodes.isEmpty == (frame.opcode == 2))
        opcodes.insert(frame.opcode)
        came += frame.payload.readableBytes
      }
      try await sent
      #expect(came == 64 << 20)
      await socket.connection.close()
    }
  }

  @Test(arguments: [1, 2])
  func `many at once, none mixed up`(_ protocolNumber: Int) async throws {
    try await withEcho(protocolNumber) { switchboard in
      let port = switchboard.port
      let open = Gate()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            let (socket, _) = try await WireSocket.connect(port, "/call/p/\(number)")
            try await open.enter()
            try await socket.send(.init(1, "I am \(number)"))
            #expect(try await socket.message().octets == ByteBuffer(string: "I am \(number)"))
            await socket.connection.close()
          }
        }
        await open.waiting(200)
        open.open()
        try await group.waitForAll()
      }
    }
  }

  @Test(arguments: [1, 2])
  func `a pipeline that refuses the handshake answers like any other`(_ protocolNumber: Int) async throws {
    let refuse: @Sendable (Request) async throws -> Response = { _ in
      throw Refusal(status: .forbidden, code: "not-here", "No socket here.")
    }
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      try await withAgent(switchboard.port, refuse) {
        try await switchboard.untilJoined()
        let (_, head) = try await WireSocket.connect(switchboard.port)
        #expect(head.first?.hasPrefix(protocolNumber == 2 ? "HTTP/1.1 403 " : "HTTP/1.1 502 ") == true)
      }
    }
  }

  @Test func `the handshake's own fields stay at the door`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let connected = WireSocket.connect(
        switchboard.port, "/call/p/x?y",
        fields: ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: a", "Cookie: c=1"])
      let request = try await phone.request()
      #expect(request.flags == .upgrade)
      #expect(request.head.target == "/x?y")
      #expect(request.head.fields.map(\.name.canonicalName) == ["sec-websocket-protocol", "cookie"])
      try await phone.push(
        .head(1, 101, [.setCookie: "d=1", .secWebSocketProtocol: "a"]), .raw(0x08, 1, [1, 0x68, 0x69]))
      let (socket, head) = try await connected
      #expect(head.contains("Set-Cookie: d=1"))
      #expect(!head.contains { $0.lowercased().hasPrefix("sec-websocket-extensions") })
      #expect(try await socket.receive() == .init(1, "hi"))
      await socket.connection.close()
      #expect(try await phone.reset().code == 0)
    }
  }

  @Test func `a socket that ends without a close ends so at the other end`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let connected = WireSocket.connect(switchboard.port)
      _ = try await phone.request()
      try await phone.push(.head(1, 101))
      let (socket, _) = try await connected
      try await phone.push(.reset(1, 6))
      // No close frame, only the end.
      #expect(await socket.connection.readAll().readableBytes == 0)
    }
  }

  @Test func `a client that reads nothing stops the other end`() async throws {
    let sent = Tally()
    let flood: @Sendable (Request) async throws -> Response = { request in
      guard request.asksForWebSocket else { return Response(status: .noContent) }
      let pair = WebSocketPair()
      Task {
        let part = ByteBuffer(repeating: 0x61, count: 1 << 16)
        while true {
          try await pair.outer.send(.data(.binary, part, isFinal: true))
          sent.add(part.readableBytes)
        }
      }
      return Response(status: .switchingProtocols, webSocket: pair.inner)
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, flood) {
        try await switchboard.untilJoined()
        let (socket, _) = try await WireSocket.connect(switchboard.port)
        #expect(try await untilStill(switchboard.port, sent) < StreamingTests.bound)
        await socket.connection.close()
      }
    }
  }

  /// Frames that break the stream of a handshake, and the code of the reset.
  static let broken: [(String, [Frame], UInt16)] = [
    ("message before the head", [text("x")], 8), ("an empty message payload", [.head(1, 101), .raw(0x08, 1)], 8),
    ("an opcode that is none", [.head(1, 101), .raw(0x08, 1, [3, 1])], 8),
    ("a ping in fragments", [.head(1, 101), .raw(0x08, 1, [9, 1], flags: .more)], 8),
    ("data after 101", [.head(1, 101), .data(1, "x")], 8),
    ("a close code that is never sent", [.head(1, 101), .raw(0x09, 1, [0x03, 0xEE])], 8),
    ("a message after the close", [.head(1, 101), .raw(0x09, 1, [0x03, 0xE8]), text("x")], 8),
  ]

  @Test(arguments: broken)
  func `what breaks a socket's stream resets it`(_ name: String, _ frames: [Frame], _ code: UInt16) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let connected = WireSocket.connect(switchboard.port)
      _ = try await phone.request()
      var data = ByteBuffer()
      for frame in frames { data.writeFrame(frame) }
      try await phone.push(data)
      #expect(try await phone.reset().code == code)
      let (socket, head) = try await connected
      #expect(head.first?.contains(frames.first?.kind == .responseHead ? " 101 " : " 502 ") == true)
      await socket.connection.close()
      #expect(switchboard.joined == ["p": 1])
    }
  }

  private static func text(_ text: String) -> Frame { .raw(0x08, 1, [1] + Array(text.utf8)) }
}
