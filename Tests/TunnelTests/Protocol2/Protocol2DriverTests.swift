import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import Testing

@testable import Tunnel

/// Both roles, joined in memory.
@Suite(.timeLimit(.minutes(1))) struct Protocol2DriverTests {
  @Test func `a small exchange has its request, and a whole answer, back`() async throws {
    let pair = try LinePair { request in
      Response(
        status: .created, fields: [.eTag: request.target],
        body: Body(ByteBuffer(string: "\(request.method) \(request.authority)")))
    }
    let stream = try pair.open(.get, "/a?b=c")
    let answer = try await stream.answer()
    #expect(answer.status == 201)
    #expect(String(buffer: answer.body) == "GET a.example")
    await pair.line.drain()
    #expect(pair.toTelephone.frames.map(\.kind) == [.requestHead])
    #expect(pair.toGateway.frames.map(\.kind).prefix(2) == [.responseHead, .data])
    #expect(pair.outcomes.all.map(\.kind) == [.delivered])
    #expect(pair.counters.values.delivered == 1)
    await pair.end()
  }

  @Test func `on one thread a small exchange is one message each way`() async throws {
    let pair = try LinePair(executor: QueueExecutor()) { request in
      Response(body: Body(try await request.body.collect(upTo: 100)))
    }
    for number in 1...3 {
      let stream = try pair.open(.post, end: false)
      try await stream.send(ByteBuffer(string: "ping"))
      try await stream.end()
      let answer = try await stream.answer()
      #expect(String(buffer: answer.body) == "ping")
      #expect(EngineBench.frames(pair.toGateway.messages[number - 1]).map(\.kind) == [.responseHead, .data])
    }
    #expect(pair.toGateway.messages.count == 3)
    await pair.end()
  }

  @Test func `bodies of megabytes go both ways at once, with trailers`() async throws {
    let pair = try LinePair(growth: 1 << 20) { Response(body: $0.body) }
    let stream = try pair.open(.post, end: false)
    let whole = ByteBuffer(bytes: (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) })
    async let sent: Void = {
      var rest = whole
      while let part = rest.readSlice(length: min(rest.readableBytes, 100_000)), part.readableBytes > 0 {
        try await stream.send(part)
      }
      try await stream.end([.eTag: "whole"])
    }()
    let answer = try await stream.answer()
    try await sent
    #expect(answer.body == whole)
    #expect(answer.trailers == [.eTag: "whole"])
    await pair.end()
  }

  @Test func `64 exchanges at once are not mixed up`() async throws {
    let pair = try LinePair { request in
      Response(body: Body(try await request.body.collect(upTo: 1 << 20)))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<64 {
        group.addTask {
          let stream = try pair.open(.post, end: false)
          let body = ByteBuffer(repeating: UInt8(number), count: 1000 * number + 1)
          try await stream.send(body)
          try await stream.end()
          let answer = try await stream.answer()
          #expect(answer.body == body)
        }
      }
      try await group.waitForAll()
    }
    #expect(pair.gateway.inFlight == 0)
    await pair.line.drain()
    #expect(pair.line.inFlight == 0)
    await pair.end()
  }

  @Test func `an answer that nobody reads stops its backend at the credit`() async throws {
    let source = EndlessBody(size: 8192)
    let pair = try LinePair { _ in Response(body: Body(source: source)) }
    let stream = try pair.open()
    while let event = try await stream.next() {
      if case .data = event { break }
    }
    while source.octets < 65_536 { await Task.yield() }
    for _ in 0..<200 { await Task.yield() }
    #expect(source.octets <= 2 * 65_536 + 2 * 8192)
    #expect(pair.toGateway.frames.filter { $0.kind == .data }.reduce(0) { $0 + $1.payload.readableBytes } <= 131_072)
    stream.reset(.cancelled)
    await pair.line.drain()
    #expect(pair.outcomes.all.map(\.kind) == [.abandoned])
    await pair.end()
  }

  @Test func `an upload that nobody reads stops its client at the credit`() async throws {
    let gate = Gate()
    let pair = try LinePair { _ in
      try await gate.enter()
      return Response()
    }
    let stream = try pair.open(.post, end: false)
    let sent = Noted(0)
    let upload = Task {
      while true {
        try await stream.send(ByteBuffer(repeating: 1, count: 4096))
        sent.change { $0 += 4096 }
      }
    }
    await gate.waiting(1)
    while sent.value < 57_344 { await Task.yield() }
    for _ in 0..<200 { await Task.yield() }
    #expect(sent.value <= 65_536 + 16_384)
    gate.open()
    let answer = try await stream.answer()
    #expect(answer.status == 200)
    // The rest of the upload is not wanted.
    let end = await upload.result
    #expect(throws: StreamFault(.peer, .notWanted, "")) { try end.get() }
    await pair.end()
  }

  @Test func `an upload that waits for its client hears that the answer is complete`() async throws {
    let pair = try LinePair { _ in Response(text: "early") }
    let stream = try pair.open(.post, end: false)
    let watcher = Task { try await stream.ended() }
    #expect(String(buffer: try await stream.answer().body) == "early")
    try await watcher.value
    try await stream.ended()
    let other = try pair.open(.post, end: false)
    let cancelled = Task { try await other.ended() }
    await pair.end()
    try await cancelled.value
  }

  @Test func `a client that goes away cancels its exchange, and no other`() async throws {
    let gate = Gate()
    let pair = try LinePair { _ in
      try await gate.enter()
      return Response(text: "fine")
    }
    let gone = try pair.open()
    let other = try pair.open()
    await gate.waiting(2)
    let reader = Task { try await gone.next() }
    gone.reset(.cancelled)
    let fault = await #expect(throws: StreamFault.self) { try await reader.value }
    #expect(fault?.origin == .local)
    while pair.line.inFlight > 1 { await Task.yield() }
    #expect(pair.outcomes.all.map(\.kind) == [.abandoned])
    gate.open()
    #expect(try await other.answer().status == 200)
    await pair.end()
  }

  @Test func `a stream that is let go of is reset`() async throws {
    let gate = Gate()
    let pair = try LinePair { _ in
      try await gate.enter()
      return Response()
    }
    do {
      let stream = try pair.open()
      await gate.waiting(1)
      withExtendedLifetime(stream) {}
    }
    await pair.line.drain()
    #expect(pair.outcomes.all.map(\.kind) == [.abandoned])
    await pair.end()
  }

  @Test(arguments: [
    ("a backend that dies", Failure(status: .badGateway, code: "gone", "Gone.") as any Error, ResetCode.peerGone),
    ("a deadline", Failure(status: .gatewayTimeout, code: "late", "Late."), .deadline),
    ("a mistake", MemoryChannel.Gone(), .internal), ("a limit", BodyError.tooLarge(limit: 1), .tooLarge),
  ])
  func `an answer that breaks off is never complete`(_ name: String, _ error: any Error, _ code: ResetCode) async throws
  {
    let pair = try LinePair { _ in Response(body: ScriptedBody(["begun"], then: .failure(error)).body()) }
    let stream = try pair.open()
    let fault = await #expect(throws: StreamFault.self) { try await stream.answer() }
    #expect(fault?.code == code)
    #expect(fault?.origin == .peer)
    await pair.line.drain()
    #expect(pair.outcomes.all.map(\.kind) == [.failed])
    await pair.end()
  }

  @Test(
    arguments: [
      (
        "a head larger than a frame", [.eTag: String(repeating: "x", count: LineTerms().maxFrame)],
        "response-head-too-large"
      ),
      ("content longer than it said", [.contentLength: "2"], "bad-response"),
      ("content shorter than it said", [.contentLength: "4"], "bad-response"),
      ("a length that is no number", [.contentLength: "three"], "bad-response"),
    ] as [(String, HTTPFields, String)])
  func `an answer that cannot be sent is a failure of the backend, and never complete`(
    _ name: String, _ fields: HTTPFields, _ code: String
  ) async throws {
    let pair = try LinePair { _ in Response(fields: fields, body: Body("abc")) }
    let stream = try pair.open()
    let fault = await #expect(throws: StreamFault.self) { try await stream.answer() }
    #expect(fault?.origin == .peer)
    #expect(fault?.code == (code == "bad-response" ? .peerGone : .tooLarge))
    await pair.line.drain()
    #expect(pair.outcomes.all.map(\.kind) == [.failed])
    #expect(pair.outcomes.all.map(\.code) == [code])
    await pair.end()
  }

  @Test func `a lost line ends everything on both sides`() async throws {
    let gate = Gate()
    let pair = try LinePair { request in
      guard request.target == "/wait" else { return Response(body: ScriptedBody(["half"], then: .stall).body()) }
      try await gate.enter()
      return Response()
    }
    let waiting = try pair.open(.get, "/wait")
    let streaming = try pair.open()
    await gate.waiting(1)
    #expect(try await streaming.next() != nil)
    let reader = Task { try await waiting.next() }
    await pair.end()
    #expect(pair.line.inFlight == 0)
    #expect(pair.outcomes.all.map(\.kind) == [.abandoned, .abandoned])
    await #expect(throws: StreamFault.lost) { try await reader.value }
    await #expect(throws: StreamFault.lost) { while try await streaming.next() != nil {} }
    let fault = #expect(throws: OpenFault.self) { try pair.open() }
    #expect(fault?.kind == .lost)
  }

  @Test func `a push that fails loses the line`() async throws {
    let pair = try LinePair { _ in Response(text: "x") }
    pair.toGateway.cut()
    let stream = try pair.open()
    while pair.line.inFlight > 0 || pair.counters.values.exchanges == 0 { await Task.yield() }
    pair.toTelephone.cut()
    let second = try pair.open()
    await #expect(throws: StreamFault.lost) { try await second.next() }
    await #expect(throws: StreamFault.lost) { try await stream.next() }
    let frames = pair.toTelephone.messages[0]
    // What still comes is dropped.
    await #expect(throws: Never.self) { try await pair.line.receive(LinePair.message(frames)) }
    #expect(throws: Never.self) { try pair.gateway.receive(frames) }
    await pair.end()
  }

  @Test(.timeLimit(.minutes(1))) func `who waits for a body hears that it was closed`() async throws {
    let asked = Gate()
    let pair = try LinePair { request in
      let body = request.body
      async let part: Void = {
        asked.open()
        await #expect(throws: BodyError.closed) { _ = try await body.collect(upTo: 10) }
      }()
      try await asked.enter()
      for _ in 0..<20 { await Task.yield() }
      await body.close()
      _ = await part
      return Response(text: "done")
    }
    let stream = try pair.open(.post, end: false)
    #expect(String(buffer: try await stream.answer().body) == "done")
    await pair.end()
  }

  @Test func `what becomes ready while a push is under way leaves in one message`() async throws {
    let pair = try LinePair { _ in Response(text: "x") }
    let hold = pair.toTelephone.holdPushes()
    var streams = [try pair.open()]
    await hold.waiting(1)
    for _ in 0..<10 { streams.append(try pair.open()) }
    hold.open()
    for stream in streams { #expect(try await stream.answer().status == 200) }
    #expect(pair.toTelephone.messages.prefix(2).map { EngineBench.frames($0).count } == [1, 10])
    await pair.end()
  }

  @Test func `the body is asked for when it is first read, and interim heads pass`() async throws {
    let pair = try LinePair { request in Response(body: Body(try await request.body.collect(upTo: 100))) }
    let stream = try pair.open(.post, "/", [.expect: "100-continue", .contentLength: "4"], end: false)
    #expect(try await stream.next() == .interim(status: 100, [:]))
    #expect(try stream.nextIfPresent() == nil)
    try await stream.send(ByteBuffer(string: "body"))
    try await stream.end()
    #expect(String(buffer: try await stream.answer().body) == "body")
    await pair.end()
  }

  @Test func `a reader that is cancelled leaves, and the stream lives on`() async throws {
    let gate = Gate()
    let pair = try LinePair { _ in
      try await gate.enter()
      return Response(text: "late")
    }
    let stream = try pair.open()
    let reader = Task { try await stream.next() }
    await gate.waiting(1)
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    gate.open()
    #expect(String(buffer: try await stream.answer().body) == "late")
    await pair.end()
  }

  @Test func `a drain refuses what is new and waits for what runs`() async throws {
    let gate = Gate()
    let pair = try LinePair { _ in
      try await gate.enter()
      return Response(text: "ended")
    }
    let stream = try pair.open()
    await gate.waiting(1)
    async let drain: Void = pair.line.drain()
    while !pair.gateway.isDraining { await Task.yield() }
    let fault = #expect(throws: OpenFault.self) { try pair.open() }
    #expect(fault?.kind == .draining)
    gate.open()
    #expect(String(buffer: try await stream.answer().body) == "ended")
    await drain
    #expect(pair.line.inFlight == 0)
    await pair.end()
  }

  @Test func `the gateway's drain is told`() async throws {
    let drained = Gate()
    let told: @Sendable () -> Void = { drained.open() }
    let pair = try LinePair(onGatewayDrain: told) { _ in Response(text: "x") }
    pair.gateway.beginDraining()
    try await drained.enter()
    await pair.gateway.flush()
    await pair.end()
  }

  @Test func `a WebSocket carries messages both ways, in fragments where they are big, and closes`() async throws {
    let backend = WebSocketPair()
    let pair = try LinePair { request in
      #expect(request.asksForWebSocket)
      return Response(
        status: .switchingProtocols, fields: [.secWebSocketProtocol: "chat"], webSocket: backend.inner)
    }
    let stream = try pair.open(.get, "/", [.secWebSocketProtocol: "chat"], upgrade: true, end: false)
    #expect(try await stream.next() == .head(status: 101, [.secWebSocketProtocol: "chat"]))
    let client = stream.webSocket
    let big = ByteBuffer(bytes: (0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    async let sent: Void = client.send(.data(.binary, big, isFinal: true))
    var received = ByteBuffer()
    var opcodes: [WebSocketFrame.Opcode] = []
    var isWhole = false
    while !isWhole {
      guard case .data(let opcode, var octets, let isFinal) = try await backend.outer.receive() else { break }
      opcodes.append(opcode)
      received.writeBuffer(&octets)
      isWhole = isFinal
    }
    try await sent
    #expect(received == big)
    #expect(opcodes.first == .binary && opcodes.count > 3 && opcodes.dropFirst().allSatisfy { $0 == .continuation })
    try await backend.outer.send(.ping(ByteBuffer(string: "p")))
    try await backend.outer.send(.data(.text, ByteBuffer(), isFinal: true))
    #expect(try await client.receive() == .ping(ByteBuffer(string: "p")))
    #expect(try await client.receive() == .data(.text, ByteBuffer(), isFinal: true))
    try await client.send(.close(code: 4001, reason: "done"))
    #expect(try await backend.outer.receive() == .close(code: 4001, reason: "done"))
    try await backend.outer.send(.close(code: 4002, reason: "too"))
    #expect(try await client.receive() == .close(code: 4002, reason: "too"))
    await pair.line.drain()
    #expect(!pair.toGateway.frames.contains { $0.kind == .reset })
    await pair.end()
  }

  @Test func `a backend's WebSocket that is gone is a RESET 6, never a CLOSE`() async throws {
    let backend = WebSocketPair()
    let pair = try LinePair { _ in Response(status: .switchingProtocols, webSocket: backend.inner) }
    let stream = try pair.open(.get, upgrade: true, end: false)
    #expect(try await stream.next() == .head(status: 101, [:]))
    await backend.outer.abort(MemoryChannel.Gone())
    let fault = await #expect(throws: StreamFault.self) { try await stream.next() }
    #expect(fault?.code == .peerGone)
    await pair.line.drain()
    await pair.end()
  }

  @Test func `a handshake that is refused is an ordinary answer`() async throws {
    let pair = try LinePair { _ in throw Refusal(status: .forbidden, code: "no", "No.") }
    let stream = try pair.open(.get, upgrade: true, end: false)
    #expect(try await stream.answer().status == 403)
    await pair.line.drain()
    #expect(pair.gateway.inFlight == 0)
    #expect(!pair.toGateway.frames.contains { $0.kind == .reset })
    await pair.end()
  }

  @Test func `what breaks the framing is thrown, and what is no frame is dropped`() async throws {
    let pair = try LinePair { _ in Response() }
    let bad = ByteBuffer(bytes: [0x20, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    await #expect(throws: LineFault.self) { try await pair.line.receive(LinePair.message(bad)) }
    #expect(throws: LineFault.self) { try pair.gateway.receive(bad) }
    try await pair.line.receive(LinePair.message(bad, joinRef: "other"))
    try await pair.line.receive(LinePair.message(bad, joinRef: nil))
    try await pair.line.receive(PhoenixMessage(joinRef: "1", topic: "t", event: "t2", json: [:]))
    #expect(pair.counters.values.malformed == 3)
    try await pair.line.receive(PhoenixMessage(joinRef: "1", topic: "t", event: "proxy_req", json: [:]))
    #expect(pair.counters.values.unknownEvents == 1)
    await pair.end()
  }

  @Test func `ids of exchanges name the line and the stream`() async throws {
    let seen = Noted<[String]>([])
    let channel = MemoryChannel()
    let line = Protocol2Line(
      channel: channel, own: LineTerms(), gateway: LineTerms(),
      pipeline: LivePipeline(try pipeline { _ in Response() }),
      counters: TunnelCounters(), logger: quiet, name: "ab12",
      tracer: { id, _ in
        seen.change { $0.append(id) }
        return nil
      })
    var message = ByteBuffer()
    message.writeFrame(.request(5, .plain, .end))
    try await line.receive(LinePair.message(message))
    await line.drain()
    #expect(seen.value == ["ab12-5"])
    #expect(channel.frames.map(\.stream) == [5, 5, 0] || channel.frames.map(\.stream) == [0, 5, 5])
    await line.abandon()
  }
}
