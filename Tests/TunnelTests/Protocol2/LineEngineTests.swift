import HTTPTypes
import NIOCore
import TelephoneKit
import Testing

@testable import Tunnel

/// What an engine does beside the rules of a single frame.
@Suite struct LineEngineTests {
  @Test func `a request and its answer are two messages`() throws {
    var gateway = EngineBench(.gateway)
    var telephone = EngineBench(.telephone)
    let id = try gateway.engine.open(.plain, upgrade: false, end: false)
    #expect(try gateway.engine.send(ByteBuffer(string: "ping"), on: id) == .accepted)
    #expect(try gateway.engine.sendEnd(nil, on: id) == .accepted)
    let request = try gateway.message()
    #expect(EngineBench.frames(request).map(\.kind) == [.requestHead, .data])
    try telephone.engine.receive(request)
    guard case .opened(1, .plain, upgrade: false, end: false)? = telephone.engine.signals.first else {
      Issue.record("The request did not come.")
      return
    }
    #expect(telephone.read(1) == [.data(ByteBuffer(string: "ping")), .end(trailers: nil)])
    try telephone.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    #expect(try telephone.engine.send(ByteBuffer(string: "po"), on: 1) == .accepted)
    #expect(try telephone.engine.send(ByteBuffer(string: "ng"), on: 1) == .accepted)
    #expect(try telephone.engine.sendEnd(nil, on: 1) == .accepted)
    let answer = try telephone.message()
    #expect(telephone.engine.takeMessage() == nil)
    #expect(EngineBench.frames(answer) == [.head(200), .data("pong", end: true)])
    try gateway.engine.receive(answer)
    #expect(gateway.read(1) == [.head(status: 200, [:]), .data(ByteBuffer(string: "pong")), .end(trailers: nil)])
    telephone.engine.release(1)
    gateway.engine.release(1)
    #expect(telephone.engine.table.held == 0 && gateway.engine.table.held == 0)
    #expect(telephone.sent().isEmpty && gateway.sent().isEmpty)
  }

  @Test func `ids only grow, and stop at the last one`() throws {
    var bench = EngineBench(.telephone)
    try bench.feed(.request(7, .plain, .end), .request(.max, .plain, .end))
    #expect(throws: LineFault.self) { try bench.feed(.request(8, .plain, .end)) }
    #expect(bench.engine.table.nextID == nil)
  }

  @Test func `a line whose ids are used up drains`() throws {
    var bench = EngineBench(.gateway)
    try bench.engine.table.pass(.max)
    for kind in [OpenFault.Kind.idsUsedUp, .draining] {
      let fault = #expect(throws: OpenFault.self) { try bench.engine.open(.plain, upgrade: false, end: true) }
      #expect(fault?.kind == kind)
    }
    #expect(bench.engine.isDraining)
    #expect(bench.sent().map(\.kind) == [.drain])
  }

  @Test func `what a stream was granted beyond the first goes back when the peer ends its direction`() throws {
    let clock = Noted(Duration.zero)
    var engine = LineEngine(role: .telephone, own: LineTerms(), peer: LineTerms(), growth: 1 << 20) { clock.value }
    func feed(_ frames: Frame...) throws {
      var message = ByteBuffer()
      for frame in frames { message.writeFrame(frame) }
      try engine.receive(message)
    }
    try feed(.request(1))
    let part = Frame(.data, stream: 1, payload: ByteBuffer(repeating: 1, count: 16_000))
    for _ in 0..<20 {
      clock.change { $0 += .milliseconds(10) }
      while engine.table[1].map({ $0.credit.open > 16_010 }) == true { try feed(part) }
      while case .event = engine.next(1) {}
      _ = engine.takeMessage()
    }
    #expect(engine.budget.used > 0)
    try feed(.data("", end: true))
    #expect(engine.table[1]?.isOver == false)
    #expect(engine.budget.used == 0)
  }

  @Test func `bodies fill no message of more than 256 KiB, whatever the peer takes`() throws {
    var bench = EngineBench(.gateway, peer: LineTerms(maxMessage: 32 << 20, streamCredit: 4 << 20))
    for _ in 0..<4 {
      let id = try bench.engine.open(.plain, upgrade: false, end: false)
      _ = try bench.engine.send(ByteBuffer(repeating: 1, count: 250_000), on: id)
    }
    var sizes: [Int] = []
    while let message = bench.engine.takeMessage() { sizes.append(message.readableBytes) }
    #expect(sizes.count >= 4)
    #expect(sizes.allSatisfy { $0 <= 256 << 10 })
  }

  @Test func `an answer that ends before the request is followed by RESET 9, and is delivered`() throws {
    var telephone = try EngineBench.withStreams(.telephone)
    try telephone.engine.send(head: ResponseHeadFrame(status: 413), on: 1)
    _ = try telephone.engine.sendEnd(nil, on: 1)
    let frames = telephone.sent()
    #expect(frames.map(\.kind) == [.responseHead, .data, .reset])
    #expect(frames.last?.resetCode == 9)
    #expect(telephone.fault(1)?.code == .notWanted)
    try telephone.feed(.data("on its way"))
    #expect(telephone.sent().isEmpty)

    var gateway = try EngineBench.withStreams(.gateway)
    _ = try gateway.engine.send(ByteBuffer(repeating: 0, count: 100_000), on: 1)
    try gateway.feed(frames)
    #expect(gateway.read(1) == [.head(status: 413, [:]), .end(trailers: nil)])
    guard case .over = gateway.engine.next(1) else {
      Issue.record("The answer is not complete.")
      return
    }
    #expect(throws: StreamFault(.peer, .notWanted, "")) { try gateway.engine.send(ByteBuffer(string: "x"), on: 1) }
    #expect(gateway.sent().isEmpty)
  }

  @Test func `a RESET after a part of the answer is read after that part`() throws {
    var gateway = try EngineBench.withStreams(.gateway)
    try gateway.feed(.head(200), .data("half"), .reset(6))
    #expect(gateway.read(1) == [.head(status: 200, [:]), .data(ByteBuffer(string: "half"))])
    #expect(gateway.fault(1)?.code == .peerGone)
    #expect(gateway.fault(1)?.origin == .peer)
  }

  @Test func `a RESET from the gateway drops what was not read, and tells once`() throws {
    var telephone = try EngineBench.withStreams(.telephone)
    try telephone.feed(.data("x"), .reset(0))
    try telephone.feed(.reset(0))
    #expect(telephone.fault(1)?.code == .cancelled)
    #expect(telephone.engine.unread == 0)
    #expect(telephone.engine.signals.filter { if case .ended = $0 { true } else { false } }.count == 1)
  }

  @Test func `a reset here is told to a reader, also of a request that has come whole`() throws {
    var telephone = try EngineBench.withStreams(.telephone)
    try telephone.feed(.data("whole", end: true))
    telephone.engine.reset(1, .internal, "broke")
    #expect(telephone.fault(1)?.code == .internal)
  }

  @Test func `what breaks off here takes what waits with it`() throws {
    var telephone = try EngineBench.withStreams(.telephone)
    try telephone.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    _ = try telephone.engine.send(ByteBuffer(repeating: 1, count: 50_000), on: 1)
    telephone.engine.reset(1, .internal, "broke")
    #expect(telephone.sent() == [.coded(.reset, 1, "broke")])
  }

  @Test func `a stream whose request never left is unknown to the telephone`() throws {
    var gateway = EngineBench(.gateway)
    let id = try gateway.engine.open(.plain, upgrade: false, end: true)
    gateway.engine.release(id)
    #expect(gateway.sent().isEmpty)
    #expect(gateway.engine.table.held == 0)
    #expect(try gateway.engine.open(.plain, upgrade: false, end: true) == 2)
  }

  @Test func `past max_streams requests are refused, until one ends`() throws {
    var bench = EngineBench(.telephone, own: LineTerms(maxStreams: 2))
    try bench.feed((1...4).map { .request($0, .plain, .end) })
    #expect(bench.sent().map(\.stream) == [3, 4])
    bench.engine.release(1)
    #expect(bench.sent().map(\.stream) == [1])
    try bench.feed(.request(5, .plain, .end))
    #expect(bench.sent().isEmpty)

    var gateway = EngineBench(.gateway, peer: LineTerms(maxStreams: 1))
    _ = try gateway.engine.open(.plain, upgrade: false, end: true)
    let fault = #expect(throws: OpenFault.self) { try gateway.engine.open(.plain, upgrade: false, end: true) }
    #expect(fault?.kind == .tooManyStreams)
    gateway.engine.release(1)
    _ = try gateway.engine.open(.plain, upgrade: false, end: true)
  }

  @Test func `exchanges that were reset and do not end cannot pile up`() throws {
    var bench = EngineBench(.telephone, own: LineTerms(maxStreams: 2))
    for id in UInt32(1)...4 { try bench.feed(.request(id), .reset(0, id)) }
    #expect(bench.sent().isEmpty)
    try bench.feed(.request(5))
    #expect(bench.sent().map(\.resetCode) == [4])
    #expect(bench.engine.table.held == 4)
  }

  @Test func `a peer that reads none of its refusals loses the line`() throws {
    var bench = EngineBench(.telephone, own: LineTerms(maxStreams: 1))
    bench.engine.drain()
    let fault = #expect(throws: LineFault.self) {
      for id in UInt32(1)...5000 { try bench.feed(.request(id, .plain, .end)) }
    }
    #expect(fault?.kind == .answersNotRead)
  }

  @Test func `a gateway whose clients all go at once keeps its line`() throws {
    var bench = EngineBench(.gateway, own: LineTerms(maxStreams: 1), peer: LineTerms(maxStreams: 4000))
    let ids = try (0..<4000).map { _ in try bench.engine.open(.plain, upgrade: false, end: true) }
    _ = bench.sent()
    for id in ids { bench.engine.release(id) }
    try bench.feed(.head(200))
    #expect(bench.sent().filter { $0.kind == .reset }.count == 4000)
  }

  @Test func `reasons are cut at a character before they are sent`() throws {
    let long = String(repeating: "\u{E9}", count: 40_000)
    var telephone = try EngineBench.withStreams(.telephone)
    telephone.engine.reset(1, .internal, "x" + long)
    let reset = try #require(telephone.sent().first)
    #expect(reset == .coded(.reset, 1, "x" + long.prefix(255)))

    var socket = try EngineBench.withStreams(.telephone, upgrade: true)
    try socket.engine.send(head: ResponseHeadFrame(status: 101), on: 1)
    _ = try socket.engine.send(.close(code: 1000, reason: long), on: 1)
    #expect(socket.sent().last == .close(1000, String(long.prefix(61))))
  }

  @Test func `a closed body tells who reads it, and the answer goes on`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    try bench.feed(.data("x"))
    bench.engine.closeInbound(1)
    #expect(bench.engine.signals.contains { if case .readable(1) = $0 { true } else { false } })
    #expect(bench.engine.isReadable(1))
    #expect(bench.fault(1)?.code == .notWanted)
    try bench.feed(.data("y"))
    try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    _ = try bench.engine.sendEnd(nil, on: 1)
    #expect(bench.sent().map(\.kind) == [.responseHead, .data, .reset])
  }

  @Test func `a drain refuses later requests and lets open ones go on`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    bench.engine.drain()
    bench.engine.drain()
    #expect(bench.sent() == [.raw(0x0A, 0)])
    try bench.feed(.request(3), .data("x", 1))
    #expect(bench.sent().map(\.resetCode) == [4])
    #expect(bench.read(1) == [.data(ByteBuffer(string: "x"))])

    var gateway = try EngineBench.withStreams(.gateway)
    try gateway.feed(.raw(0x0A, 0), .raw(0x0A, 0))
    #expect(gateway.engine.signals.count == 1)
    #expect(throws: OpenFault.self) { try gateway.engine.open(.plain, upgrade: false, end: true) }
    try gateway.feed(.head(200, 2, [:], .end))
    #expect(gateway.read(2) == [.head(status: 200, [:]), .end(trailers: nil)])
  }

  @Test(arguments: [
    (HTTPRequest.Method.get, true), (.post, false), (.head, true),
  ])
  func `a head with malformed fields is answered 400`(_ method: HTTPRequest.Method, _ end: Bool) throws {
    var frame = Frame.request(1, RequestHeadFrame(method: method, fields: [.accept: "x"]), end ? .end : [])
    frame.payload.setInteger(UInt8(0x0D), at: frame.payload.writerIndex - 1)
    var bench = EngineBench(.telephone)
    try bench.feed(frame)
    #expect(bench.engine.table.held == 0)
    var gateway = EngineBench(.gateway)
    _ = try gateway.engine.open(RequestHeadFrame(method: method), upgrade: false, end: end)
    _ = gateway.sent()
    let answer = bench.sent()
    try gateway.feed(answer)
    let events = gateway.read(1)
    guard case .head(400, let fields)? = events.first, case .end? = events.last else {
      Issue.record("There is no whole answer: \(events)")
      return
    }
    #expect((fields[.contentLength] == nil) == (method == .head))
    #expect(answer.last?.resetCode == (end ? nil : 9))
    try bench.feed(.data("ignored"))
  }

  @Test func `UPGRADE together with END, and END with a length, are reset`() throws {
    var bench = EngineBench(.telephone)
    try bench.feed(
      .request(1, .plain, [.upgrade, .end]),
      .request(2, RequestHeadFrame(method: .post, fields: [.contentLength: "1"]), .end))
    #expect(bench.sent().map(\.resetCode) == [8, 8])
    #expect(bench.engine.signals.isEmpty)
  }

  @Test func `a head that fits no frame is told before it is sent`() throws {
    let fields: HTTPFields = [.accept: String(repeating: "x", count: 70_000)]
    var gateway = EngineBench(.gateway)
    let fault = #expect(throws: OpenFault.self) {
      try gateway.engine.open(RequestHeadFrame(method: .get, fields: fields), upgrade: false, end: true)
    }
    #expect(fault?.kind == .headTooLarge)
    #expect(gateway.engine.table.open == 0)
    var telephone = try EngineBench.withStreams(.telephone)
    #expect(throws: StreamFault.self) {
      try telephone.engine.send(head: ResponseHeadFrame(status: 200, fields: fields), on: 1)
    }
    #expect(telephone.sent().map(\.resetCode) == [7])
  }

  @Test func `the first read of a body asks for it, once`() throws {
    let head = RequestHeadFrame(method: .post, fields: [.expect: "100-Continue"])
    var bench = try EngineBench.withStreams(.telephone, head)
    #expect(bench.sent().isEmpty)
    #expect(bench.read(1).isEmpty)
    #expect(bench.read(1).isEmpty)
    #expect(try bench.engine.send(interim: ResponseHeadFrame(status: 100), on: 1) == .accepted)
    #expect(bench.sent() == [.interim(100)])
    var eager = try EngineBench.withStreams(.telephone, head)
    try eager.feed(.data("x"))
    #expect(eager.read(1).count == 1)
    #expect(eager.sent().isEmpty)
  }

  @Test func `interim heads that nobody reads are bounded`() throws {
    var bench = try EngineBench.withStreams(.gateway)
    let interim = Frame.interim(103, 1, [.eTag: String(repeating: "x", count: 30_000)])
    try bench.feed(interim, interim)
    #expect(bench.sent().isEmpty)
    try bench.feed(interim)
    #expect(bench.sent().map(\.resetCode) == [7])
  }

  @Test func `heads go before bodies, and bodies take turns`() throws {
    var bench = EngineBench(.telephone, peer: LineTerms(maxFrame: 1000, maxMessage: 4000))
    try bench.feed((1...4).map { .request($0, .plain, .end) })
    for id in UInt32(1)...3 {
      try bench.engine.send(head: ResponseHeadFrame(status: 200), on: id)
      _ = try bench.engine.send(ByteBuffer(repeating: 1, count: 3000), on: id)
    }
    _ = bench.engine.takeMessage()
    try bench.engine.send(head: ResponseHeadFrame(status: 204), on: 4)
    let second = EngineBench.frames(try bench.message())
    #expect(second.first?.kind == .responseHead)
    #expect(second.dropFirst().map(\.stream) == [1, 2, 3])
    #expect(second.allSatisfy { $0.payload.readableBytes <= 1000 })
  }

  @Test func `a large payload is sent from its own memory, and small ones are joined`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    let large = ByteBuffer(repeating: 1, count: 20_000)
    try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    _ = try bench.engine.send(large, on: 1)
    try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 2)
    _ = try bench.engine.send(ByteBuffer(string: "small"), on: 2)
    _ = try bench.engine.sendEnd(nil, on: 2)
    let next = bench.engine.takeMessage()
    let message = try #require(next)
    let frames = EngineBench.frames(message.joined)
    #expect(frames.map(\.kind) == [.responseHead, .responseHead, .data, .data])
    #expect(frames.map(\.payload.readableBytes).suffix(2) == [20_000, 5])
    #expect(message.parts.count == 3)
    #expect(address(message.parts[1]) == address(large))
    #expect(message.joined.readableBytes == message.readableBytes)
  }

  private func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
    buffer.withUnsafeReadableBytes { $0.baseAddress }
  }

  @Test func `big WebSocket messages are cut into fragments, control messages are not`() throws {
    var bench = EngineBench(.telephone, peer: LineTerms(maxFrame: 1000))
    try bench.feed(.request(1, .plain, .upgrade))
    try bench.engine.send(head: ResponseHeadFrame(status: 101), on: 1)
    _ = try bench.engine.send(.data(.text, ByteBuffer(repeating: 0x61, count: 2000), isFinal: true), on: 1)
    let frames = bench.sent().dropFirst()
    #expect(frames.map(\.flags) == [.more, .more, []])
    #expect(frames.map { $0.payload.getInteger(at: $0.payload.readerIndex, as: UInt8.self) } == [1, 0, 0])
    #expect(frames.reduce(0) { $0 + $1.payload.readableBytes } == 2003)
    _ = try bench.engine.send(.ping(ByteBuffer(string: "p")), on: 1)
    #expect(bench.sent() == [.message(9, "p")])
    _ = try bench.engine.send(.close(code: 1005, reason: ""), on: 1)
    #expect(bench.sent() == [.close(1005)])
    try bench.feed(.close(1000, "bye"))
    #expect(bench.read(1) == [.frame(.close(code: 1000, reason: "bye"))])
    #expect(bench.engine.table.open == 0)
  }

  @Test func `an answer without content swallows what is written`() throws {
    var bench = try EngineBench.withStreams(.telephone, RequestHeadFrame(method: .head))
    try bench.engine.send(head: ResponseHeadFrame(status: 200, fields: [.contentLength: "9"]), on: 1)
    #expect(try bench.engine.send(ByteBuffer(string: "x"), on: 1) == .accepted)
    #expect(try bench.engine.sendEnd([.accept: "x"], on: 1) == .accepted)
    #expect(bench.sent().map(\.payload.readableBytes) == [ResponseHeadFrame.size9, 0, 2])
  }

  @Test func `parts are taken over while the credit covers them, and leave in one message`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    let part = ByteBuffer(repeating: 1, count: 30_000)
    #expect(try bench.engine.send(part, on: 1) == .accepted)
    #expect(try bench.engine.send(part, on: 1) == .accepted)
    #expect(try bench.engine.send(part, on: 1) == .pending)
    let frames = EngineBench.frames(try bench.message())
    #expect(frames.map(\.payload.readableBytes).dropFirst() == [30_000, 30_000, 65_536 - 60_030])
    try bench.feed(.credit(10_000_000))
    #expect(try bench.engine.send(part, on: 1) == .accepted)
    // Small parts become one frame.
    for _ in 0..<3 { #expect(try bench.engine.send(ByteBuffer(repeating: 2, count: 5000), on: 1) == .accepted) }
    #expect(bench.sent().map(\.payload.readableBytes) == [24_494, 30_000, 15_000])
  }

  @Test(arguments: [(16_384, 16_394), (16_384, 20_000), (65_536, 70_000), (65_536, 262_144)])
  func `what is accepted leaves without more credit, wherever it is cut`(_ maxFrame: Int, _ maxMessage: Int) throws {
    var accepted = 0
    for size in stride(from: 65_200, through: 65_536, by: 3) {
      for parts in [1, 2, 3] {
        var bench = EngineBench(.telephone, peer: LineTerms(maxFrame: maxFrame, maxMessage: maxMessage))
        try bench.feed(.request(1, .plain, .end))
        try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
        for part in 0..<parts {
          let length = part == 0 ? size - (parts - 1) * 20_000 : 20_000
          _ = try bench.engine.send(ByteBuffer(repeating: 1, count: length), on: 1)
        }
        guard try bench.engine.sendEnd(nil, on: 1) == .accepted else { continue }
        accepted += 1
        let frames = bench.sent().filter { $0.kind == .data }
        #expect(frames.reduce(0) { $0 + $1.payload.readableBytes } == size)
        #expect(frames.last?.flags == .end)
      }
      var bench = EngineBench(.telephone, peer: LineTerms(maxFrame: maxFrame, maxMessage: maxMessage))
      try bench.feed(.request(1, .plain, .upgrade))
      try bench.engine.send(head: ResponseHeadFrame(status: 101), on: 1)
      let message = WebSocketFrame.data(.binary, ByteBuffer(repeating: 1, count: size), isFinal: true)
      guard try bench.engine.send(message, on: 1) == .accepted else { continue }
      #expect(bench.sent().last?.flags == [])
    }
    #expect(accepted > 0)
  }

  @Test func `a covered body waits as well when a whole message of it is there`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    try bench.engine.send(head: ResponseHeadFrame(status: 200), on: 1)
    try bench.feed(.credit(10_000_000))
    let half = ByteBuffer(repeating: 1, count: LineEngine.waitingContent / 2)
    #expect(try bench.engine.send(half, on: 1) == .accepted)
    #expect(try bench.engine.send(half, on: 1) == .accepted)
    #expect(try bench.engine.send(ByteBuffer(string: "x"), on: 1) == .full)
    _ = try bench.message()
    #expect(try bench.engine.send(ByteBuffer(string: "x"), on: 1) == .accepted)
    // One part that is larger is taken, and waited for.
    _ = bench.sent()
    #expect(try bench.engine.send(ByteBuffer(repeating: 1, count: 1 << 20), on: 1) == .pending)
    #expect(bench.sent().reduce(0) { $0 + $1.payload.readableBytes } == 1 << 20)
  }

  @Test func `our own side keeps to its Content-Length`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    try bench.engine.send(head: ResponseHeadFrame(status: 200, fields: [.contentLength: "2"]), on: 1)
    #expect(throws: StreamFault.self) { try bench.engine.send(ByteBuffer(string: "abc"), on: 1) }
    #expect(throws: StreamFault.self) { try bench.engine.sendEnd(nil, on: 1) }
    _ = try bench.engine.send(ByteBuffer(string: "ab"), on: 1)
    _ = try bench.engine.sendEnd(nil, on: 1)
    #expect(bench.sent().first { $0.kind == .data } == .data("ab", end: true))
  }

  @Test func `a lost line ends everything, and a whole answer can still be read`() throws {
    var bench = try EngineBench.withStreams(.gateway)
    try bench.feed(.head(200), .data("half"), .head(200, 2), .data("whole", 2, end: true))
    bench.engine.lose()
    #expect(bench.read(2).count == 3)
    #expect(bench.fault(2) == nil)
    #expect(bench.fault(1) == .lost)
    #expect(throws: StreamFault.lost) { try bench.engine.send(ByteBuffer(string: "x"), on: 1) }
    #expect(throws: OpenFault.self) { try bench.engine.open(.plain, upgrade: false, end: true) }
    // Framing that the peer has not broken is not found broken, and what is on its way means nothing.
    #expect(throws: Never.self) { try bench.feed(.data("x"), .raw(0x20)) }
    #expect(bench.sent().isEmpty)
  }

  @Test func `a small part of a big message does not keep the message in memory`() throws {
    var bench = try EngineBench.withStreams(.telephone)
    for _ in 0..<100 {
      try bench.feed(.data("x", 1), Frame(.credit, stream: 2, payload: ByteBuffer(integer: UInt32(0))))
    }
    #expect(bench.read(1) == [.data(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100))])
  }

  @Test func `small fragments of a WebSocket message are joined, and whole messages and pings are not`() throws {
    var bench = try EngineBench.withStreams(.gateway, upgrade: true)
    try bench.feed(.head(101))
    _ = bench.read(1)
    try bench.feed(.message(1, "a", more: true))
    for _ in 0..<100 { try bench.feed(.message(0, "b", more: true), .message(0, "", more: true)) }
    try bench.feed(.message(9, "p"), .message(0, "c", more: true), .message(0, "d"), .message(2, "e"), .message(2, "f"))
    #expect(bench.engine.unread > 100 * 23)
    let expected: [WebSocketFrame] = [
      .data(.text, ByteBuffer(string: "a" + String(repeating: "b", count: 100)), isFinal: false),
      .ping(ByteBuffer(string: "p")), .data(.continuation, ByteBuffer(string: "cd"), isFinal: true),
      .data(.binary, ByteBuffer(string: "e"), isFinal: true), .data(.binary, ByteBuffer(string: "f"), isFinal: true),
    ]
    #expect(bench.read(1) == expected.map(StreamEvent.frame))
    #expect(bench.engine.unread == 0)
  }
}

extension ResponseHeadFrame {
  /// The payload of a head whose one field is `Content-Length: 9`.
  static let size9 = 2 + 2 + 2 + 14 + 4 + 1
}
