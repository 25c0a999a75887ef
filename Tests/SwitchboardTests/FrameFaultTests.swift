import HTTPTypes
import HTTPWire
import NIOCore
import PhoenixChannels
import Switchboard
import TestSupport
import Testing
import Tunnel

/// What a telephone of protocol 2 sends wrong: the line or the stream ends as docs/protocol.md says, and others live on.
@Suite(.timeLimit(.minutes(1))) struct FrameFaultTests {
  private static let headAndPiece = data(.head(1)) + ByteBuffer(bytes: [0x03])

  /// Frames that break the framing. Streams 1 and 2 are open.
  static let framing: [(String, ByteBuffer)] = [
    ("no frame at all", ByteBuffer()),
    ("a header that is cut", ByteBuffer(bytes: [0x03, 0, 0, 0, 0])),
    ("a payload that is cut", data(.data(1, "x")).dropLast(1)),
    ("a whole frame and a piece of one", headAndPiece),
    ("a length past max_frame", data(.raw(0x03, 1, [UInt8](repeating: 0, count: 65_537)))),
    ("a length that no message has", ByteBuffer(bytes: [0x03, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF])),
    (
      "a message past max_message",
      (0..<5).reduce(ByteBuffer()) { all, _ in all + data(.raw(0x03, 1, [UInt8](repeating: 0, count: 60_000))) }
    ),
    ("a kind above 0x1F", data(.raw(0x20, 1))),
    ("the last kind", data(.raw(0xFF, 1))),
    ("data on stream 0", data(.raw(0x03, 0, [1]))),
    ("credit on stream 0", data(.credit(0, 1))),
    ("a drain on a stream", data(.raw(0x0A, 1))),
    ("a stream that was never opened", data(.data(3, "x"))),
    ("a reset of a stream that was never opened", data(.reset(77, 0))),
  ]

  @Test(arguments: framing)
  func `what breaks the framing ends the line, and its calls`(_ name: String, _ octets: ByteBuffer) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let living = try await Phone.joined(switchboard.port, pathID: "q")
      async let first = call(switchboard.port, "/call/p/1")
      _ = try await phone.request()
      async let second = call(switchboard.port, "/call/p/2")
      _ = try await phone.request()
      try await phone.push(octets)
      #expect(await phone.closure() == 1002)
      // A head that came before is still told, without an end.
      let broken = try? await first
      #expect(octets == Self.headAndPiece ? broken?.isWhole != true : broken?.status == 502)
      #expect(try await second.status == 502)
      #expect(switchboard.joined == ["q": 1])
      async let other = call(switchboard.port, "/call/q/")
      try await living.answer(try await living.request(), body: "alive")
      #expect(try await other.text == "alive")
    }
  }

  private static let lyingField: [UInt8] = [0, 1, 0, 1, 0x61, 0, 0, 0, 9, 0x62]
  private static let brokenValue: [UInt8] = [0, 1, 0, 1, 0x61, 0, 0, 0, 3, 0x62, 0x0D, 0x0A]

  /// Frames that break stream 1 alone, which is a GET without an answer so far, and the code of the reset.
  static let beforeHead: [(String, [Frame], UInt16)] = [
    ("a reserved kind", [.raw(0x0B, 1)], 2),
    ("the last reserved kind", [.raw(0x1F, 1)], 2),
    ("data before the head", [.data(1, "x")], 8),
    ("trailers before the head", [.raw(0x04, 1, [0, 0])], 8),
    ("a message without 101", [.raw(0x08, 1, [1, 0x61])], 8),
    ("a close without 101", [.raw(0x09, 1, [3, 0xE8])], 8),
    ("101 for who did not ask", [.head(1, 101)], 8),
    ("101 as an interim head", [.head(1, 101, kind: .interimHead)], 8),
    ("200 as an interim head", [.head(1, 200, kind: .interimHead)], 8),
    ("103 as the answer's head", [.head(1, 103)], 8),
    ("a status of two digits", [.head(1, 99)], 8),
    ("a status of four digits", [.head(1, 1000)], 8),
    ("a head without a status", [.raw(0x02, 1, [0])], 8),
    ("fields fewer than their count", [.raw(0x02, 1, [0, 200, 0, 1])], 8),
    ("a value longer than its section", [.raw(0x02, 1, [0, 200] + lyingField)], 8),
    ("octets after the fields", [.raw(0x02, 1, [0, 200, 0, 0, 0])], 8),
    ("CR and LF in a value", [.raw(0x02, 1, [0, 200] + brokenValue)], 8),
    ("a name that is no token", [.raw(0x02, 1, [0, 200, 0, 1, 0, 1, 0x20, 0, 0, 0, 0])], 8),
    ("a Content-Length that is no number", [.head(1, 200, [.contentLength: "1x"])], 8),
    ("credit that is cut", [.raw(0x06, 1, [0, 0, 1])], 8),
    ("a short answer in one go", [.head(1, 200, [.contentLength: "3"]), .data(1, "ab", ends: true)], 8),
  ]

  @Test(arguments: beforeHead)
  func `what breaks a stream resets it alone, and its client gets 502`(
    _ name: String, _ frames: [Frame], _ code: UInt16
  ) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let broken = call(switchboard.port, "/call/p/1")
      #expect(try await phone.request().stream == 1)
      try await phone.push(frames.reduce(ByteBuffer()) { $0 + Self.data($1) })
      let reset = try await phone.reset()
      #expect(reset.stream == 1)
      #expect(reset.code == code)
      let answer = try? await broken
      // Where a head was there first the client may have seen it, but no end.
      #expect(answer == nil || answer?.status == 502 || answer?.isWhole == false)
      try await Self.expectAlive(phone, switchboard)
    }
  }

  /// Frames that break stream 1 after the head has gone to the client.
  static let afterHead: [(String, HTTPFields, [Frame], UInt16)] = [
    ("a second head", [:], [.head(1)], 8),
    ("an interim head after the head", [:], [.head(1, 103, kind: .interimHead)], 8),
    ("empty data that ends nothing", [:], [.data(1, "")], 8),
    ("more than Content-Length", [.contentLength: "3"], [.data(1, "abcd")], 8),
    ("less than Content-Length", [.contentLength: "3"], [.data(1, "ab", ends: true)], 8),
    ("trailers that lie", [:], [.raw(0x04, 1, [0, 9])], 8),
    (
      "more than the credit", [:],
      [
        .raw(0x03, 1, [UInt8](repeating: 0x61, count: 60_000)), .raw(0x03, 1, [UInt8](repeating: 0x61, count: 60_000)),
        .raw(0x03, 1, [UInt8](repeating: 0x61, count: 60_000)), .raw(0x03, 1, [UInt8](repeating: 0x61, count: 60_000)),
      ], 3
    ),
    ("a reset by the telephone", [:], [.reset(1, 6, "gone")], 6),
  ]

  @Test(arguments: afterHead)
  func `after the head the client sees a broken answer, never a complete one`(
    _ name: String, _ fields: HTTPFields, _ frames: [Frame], _ code: UInt16
  ) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/")
      _ = try await phone.request()
      try await phone.push(.head(1, 200, fields))
      #expect(try await client.head().first == "HTTP/1.1 200 OK")
      try await phone.push(frames.reduce(ByteBuffer()) { $0 + Self.data($1) })
      if code != 6 {
        let reset = try await phone.reset()
        #expect(reset.stream == 1)
        #expect(reset.code == code)
      }
      let rest = await client.rest()
      #expect(!rest.hasSuffix("0\r\n\r\n"))
      #expect(fields.isEmpty || rest.utf8.count < 3)
      try await Self.expectAlive(phone, switchboard)
    }
  }

  @Test(arguments: ["HEAD", "GET 204", "GET 304"])
  func `content where there is none resets the stream`(_ what: String) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/", method: String(what.prefix { $0 != " " }))
      _ = try await phone.request()
      try await phone.push(.head(1, Int(what.suffix(3)) ?? 200))
      try await phone.push(.data(1, "x"))
      #expect(try await phone.reset().code == 8)
      _ = try? await answer
      try await Self.expectAlive(phone, switchboard)
    }
  }

  @Test func `a refusal after an interim head is the answer, and no other line is asked`() async throws {
    try await withSwitchboard { switchboard in
      let first = try await FramePhone.joined(switchboard.port)
      let second = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/once", ["Content-Length: 0"])
      _ = try await first.request()
      try await first.push(.head(1, 103, kind: .interimHead), .reset(1, 4))
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 103 ") == true)
      async let next = call(switchboard.port, "/call/p/next")
      let request = try await second.request()
      #expect(request.head.target == "/next")
      try await second.push(.head(request.stream, 204, ends: true))
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 503 ") == true)
      #expect(try await next.status == 204)
      await client.close()
    }
  }

  @Test(arguments: [4, 6, nil] as [UInt16?])
  func `a head and its end in one go are a broken answer, never another one`(_ code: UInt16?) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      if let code {
        try await phone.push(.head(1), .reset(1, code))
      } else {
        try await phone.push(.head(1))
        await phone.phone.socket.close(code: 1000, reason: "")
      }
      let broken = try? await answer
      #expect(broken == nil || broken?.status == 200)
      #expect(broken?.isWhole != true)
    }
  }

  @Test func `more credit than four octets can count resets the stream`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 10"], "12345")
      _ = try await phone.request()
      try await phone.push(.credit(1, .max), .credit(1, .max))
      #expect(try await phone.reset().code == 3)
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 502 ") == true)
      try await Self.expectAlive(phone, switchboard)
      await client.close()
    }
  }

  @Test func `a frame after the end of the answer resets a stream whose request still runs`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 10"], "12345")
      _ = try await phone.request()
      try await phone.push(.head(1, 200, [.contentLength: "2"]), .data(1, "ok", ends: true))
      #expect(try await client.head().first == "HTTP/1.1 200 OK")
      try await phone.push(.data(1, "more"))
      #expect(try await phone.reset().code == 8)
      try await Self.expectAlive(phone, switchboard)
      await client.close()
    }
  }

  @Test func `frames for streams that have ended are ignored`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      try await phone.push(.head(1, 204, ends: true))
      #expect(try await answer.status == 204)
      try await phone.push(.data(1, "x"), .credit(1, .max), .credit(1, .max), .reset(1, 8), .head(1), .raw(0x0B, 1))
      try await Self.expectAlive(phone, switchboard)
    }
  }

  @Test func `what is no message of this line is dropped and counted`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      try await phone.push(Self.data(.head(1, 500, ends: true)), joinRef: "7")
      try await phone.phone.send("1", "5", "t2", ["x": 1])
      try await phone.phone.send("1", "6", "proxy_res", ["request_id": "x", "status": 200])
      try await phone.phone.send("1", "7", "heartbeat", ["ts": 1])
      #expect(try await phone.phone.receive().contains("heartbeat_ack"))
      #expect(switchboard.droppedMessages == 3)
      try await phone.push(.head(1, 204, ends: true))
      #expect(try await answer.status == 204)
    }
  }

  // MARK: Helpers

  private static func data(_ frame: Frame) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeFrame(frame)
    return buffer
  }

  /// Another stream of the same line still works.
  private static func expectAlive(_ phone: FramePhone, _ switchboard: Switchboard) async throws {
    async let answer = call(switchboard.port, "/call/p/alive")
    let request = try await phone.request()
    #expect(request.head.target == "/alive")
    try await phone.push(.head(request.stream), .data(request.stream, "alive", ends: true))
    #expect(try await answer.text.contains("alive"))
    #expect(switchboard.joined == ["p": 1])
  }
}

extension ByteBuffer {
  fileprivate static func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
    var whole = left
    whole.writeImmutableBuffer(right)
    return whole
  }

  fileprivate func dropLast(_ count: Int) -> ByteBuffer {
    getSlice(at: readerIndex, length: readableBytes - count) ?? self
  }
}
