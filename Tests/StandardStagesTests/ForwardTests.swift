import Backend
import HTTPTypes
import HTTPWire
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import StandardStages

/// Counts from 1.
final class Counter: Sendable {
  private let state = Mutex(0)

  var count: Int { state.withLock { $0 } }

  func next() -> Int {
    state.withLock { count in
      count += 1
      return count
    }
  }
}

/// `forward` in a pipeline, against real sockets. The transport has tests of its own.
@Suite(.timeLimit(.minutes(1)))
struct ForwardTests {
  private func forward(
    _ port: Int, _ more: [(String, OptionInput)] = [], clock: any Clock<Duration> = ManualClock(),
    mayConnect: Bool = true
  ) throws -> PipelineStep {
    let entries = [("to", OptionInput(.scalar("http://127.0.0.1:\(port)")))] + more
    let input = OptionInput(.map(entries.map { OptionInput.Entry(key: $0.0, value: $0.1) }))
    return PipelineStep(
      stage: try Forward(try options(of: Forward.self, input), Harness.context(clock: clock, mayConnect: mayConnect)))
  }

  /// Answers each request with its own head.
  private static let echo: @Sendable (RawConnection) async throws -> Void = { connection in
    while true {
      let head = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(head.utf8.count)\r\n\r\n\(head)")
    }
  }

  private func lines(_ ran: Ran) -> [String] { ran.text.split(separator: "\r\n").map(String.init) }

  @Test func `what the backend gets`() async throws {
    try await RawServer.with(Self.echo) { server in
      var request = Request(
        method: .init("PURGE")!, scheme: "https", authority: "public.example", target: "/a%2Fb?x=|",
        clientAddress: "192.0.2.7")
      request.fields = HTTPFields([
        HTTPField(name: .accept, value: "*/*"), HTTPField(name: .connection, value: "X-Hop, close"),
        HTTPField(name: .init("X-Hop")!, value: "1"), HTTPField(name: .te, value: "trailers"),
      ])
      let ran = try await Harness(backendStep: try forward(server.port)).run(request)
      #expect(
        lines(ran) == [
          "PURGE /a%2Fb?x=| HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Accept: */*", "X-Forwarded-For: 192.0.2.7",
          "X-Forwarded-Proto: https", "X-Forwarded-Host: public.example", "Via: 1.1 telephone", "Content-Length: 0",
        ])
      let kept = try await Harness(backendStep: try forward(server.port, [("host", "preserve")])).run(request)
      #expect(lines(kept)[1] == "Host: public.example")
    }
  }

  @Test(arguments: [HTTPRequest.Method.connect, .trace])
  func `CONNECT and TRACE are not passed on`(method: HTTPRequest.Method) async throws {
    let ran = try await Harness(backendStep: try forward(1)).run(Request(method: method))
    #expect(ran.outcome == Outcome(.refused, status: 405, code: "method-not-forwarded", decidedBy: "forward"))
    #expect(ran.answer.fields[.allow] != nil)
  }

  @Test func `an OPTIONS that may not be passed on is answered here, any other has a hop less`() async throws {
    try await RawServer.with(Self.echo) { server in
      let last = try await Harness(backendStep: try forward(server.port))
        .run(Request(method: .options, fields: [.maxForwards: "0"]))
      #expect(last.status == 200 && last.text.isEmpty)
      #expect(last.answer.fields[.allow]?.contains("OPTIONS") == true)
      for (method, value, expected) in [
        (.options, "3", "2"), (.options, "x", "x"), (.options, "", ""), (.get, "0", "0"),
      ] as [(HTTPRequest.Method, String, String)] {
        let ran = try await Harness(backendStep: try forward(server.port))
          .run(Request(method: method, fields: [.maxForwards: value]))
        #expect(lines(ran).contains("Max-Forwards: \(expected)"))
      }
    }
  }

  @Test(arguments: ["", "a", "http://h/", "/a b", "/a\r\nX: 1", "/\u{0}"])
  func `a target that would break the request line is refused`(target: String) async throws {
    let ran = try await Harness(backendStep: try forward(1)).run(Request(target: target))
    #expect(ran.outcome == Outcome(.refused, status: 400, code: "bad-target", decidedBy: "forward"))
  }

  @Test func `a backend that refuses is a failure with its code in the body and in the trace`() async throws {
    let port = try RawClient.closedPort()
    let trace = TraceRecorder()
    let ran = try await Harness(backendStep: try forward(port)).run(Request(), trace: trace)
    #expect(ran.outcome == Outcome(.failed, status: 502, code: "backend-refused", decidedBy: "forward"))
    #expect(ran.text.contains(#""code":"backend-refused""#))
    #expect(!ran.text.contains("\(port)"))
    #expect(
      trace.entries.contains { entry in
        if case .failed(502, "backend-refused", _) = entry.verdict { entry.step == "forward" } else { false }
      })
  }

  @Test func `a backend that stalls is 504 by the exchange's clock`() async throws {
    let clock = ManualClock()
    let (asked, fire) = AsyncStream<Void>.makeStream()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      fire.finish()
      await connection.waitForEnd()
    } _: { server in
      let harness = Harness(backendStep: try forward(server.port, clock: clock), clock: clock)
      let run = Task { try await harness.run(Request()) }
      for await _ in asked {}
      clock.advance(by: .seconds(10))
      let ran = try await run.value
      #expect(ran.outcome == Outcome(.failed, status: 504, code: "backend-first-byte-timeout", decidedBy: "forward"))
    }
  }

  @Test func `a backend that dies inside its body ends the exchange as failed`() async throws {
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    } _: { server in
      let ran = try await Harness(backendStep: try forward(server.port)).run(Request())
      #expect(ran.outcome.kind == .failed)
      #expect(ran.code == "backend-cut-off")
      #expect(ran.answer.isAborted)
      #expect(!ran.answer.isWhole)
    }
  }

  @Test func `a body past limit-body breaks off the upload and is 413, not 502`() async throws {
    let uploaded = Mutex("")
    try await RawServer.with { connection in
      let all = await connection.readAllText()
      uploaded.withLock { $0 = all }
    } _: { server in
      let limit = LimitBody(try options(of: LimitBody.self, ["max": "6B"]), Harness.context())
      let ran = try await Harness(request: [PipelineStep(stage: limit)], backendStep: try forward(server.port))
        .run(Request(method: .post, body: Body(source: PartsBody(["1234", "5678"]))))
      #expect(ran.outcome == Outcome(.refused, status: 413, code: "body-too-large", decidedBy: "limit-body"))
    }
    // The backend did not see an end.
    #expect(!uploaded.withLock { $0 }.contains("0\r\n\r\n"))
  }

  @Test func `an upload that the backend answered and does not read ends with the exchange`() async throws {
    let (closed, close) = AsyncStream<Void>.makeStream()
    try await RawServer.with { connection in
      // More than the sockets take: the rest waits.
      _ = try await connection.read(until: "xx")
      try await connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
      await connection.untilClosed()
      close.finish()
    } _: { server in
      let pipeline = try Harness(backendStep: try forward(server.port)).pipeline()
      let text = String(repeating: "x", count: 32 << 20)
      let sink = RecordingSink()
      let request = Request(method: .put, body: Body(length: text.utf8.count, source: PartsBody([text])))
      let outcome = await pipeline.run(request, id: "1", into: sink)
      #expect(outcome == Outcome(.delivered, status: 401, decidedBy: "forward"))
      #expect(String(buffer: sink.answer.body) == "no")
      for await _ in closed {}
      await pipeline.shutdown()
    }
  }

  @Test func `a chunk is at the client before the backend sends the next`() async throws {
    let (arrived, arrive) = AsyncStream<String>.makeStream()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      var arrivals = arrived.makeAsyncIterator()
      for word in ["one", "two", "six"] {
        try await connection.write("3\r\n\(word)\r\n")
        guard await arrivals.next() == word else { return }
      }
      try await connection.write("0\r\n\r\n")
    } _: { server in
      let pipeline = try Harness(backendStep: try forward(server.port)).pipeline()
      let sink = RecordingSink { arrive.yield(String(buffer: $0)) }
      let outcome = await pipeline.run(Request(), id: "1", into: sink)
      await pipeline.shutdown()
      #expect(outcome.kind == .delivered)
      #expect(String(buffer: sink.answer.body) == "onetwosix")
    }
  }

  @Test func `repeated Set-Cookie stays, fields of the connection go`() async throws {
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 301 Moved\r\nSet-Cookie: a=1\r\nLocation: /x\r\nSet-Cookie: b=2\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n"
      )
    } _: { server in
      let ran = try await Harness(backendStep: try forward(server.port)).run(Request())
      #expect(ran.status == 301)
      #expect(
        ran.answer.fields.map { "\($0.name.rawName): \($0.value)" } == [
          "Set-Cookie: a=1", "Location: /x", "Set-Cookie: b=2", "Content-Length: 0",
        ])
    }
  }

  @Test func `64 exchanges at once are not mixed up`() async throws {
    try await RawServer.with { connection in
      while true {
        let head = try await connection.read(until: "\r\n\r\n")
        let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }?.dropFirst(
          16)
        let body = try await connection.read(length.flatMap { Int($0) } ?? 0)
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.readableBytes)\r\n\r\n")
        try await connection.write(body)
      }
    } _: { server in
      let pipeline = try Harness(backendStep: try forward(server.port)).pipeline()
      await withTaskGroup(of: Bool.self) { group in
        for number in 1...64 {
          group.addTask {
            let text = String(repeating: "\(number),", count: number * 50)
            let sink = RecordingSink()
            let request = Request(
              method: .post, target: "/\(number)", body: Body(length: text.utf8.count, source: PartsBody([text])))
            let outcome = await pipeline.run(request, id: "\(number)", into: sink)
            return outcome.kind == .delivered && String(buffer: sink.answer.body) == text
          }
        }
        for await isRight in group { #expect(isRight) }
      }
      await pipeline.shutdown()
    }
  }

  @Test func `a client that goes away takes the backend request with it`() async throws {
    let (asked, ask) = AsyncStream<Void>.makeStream()
    let (ended, end) = AsyncStream<Void>.makeStream()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      ask.finish()
      await connection.waitForEnd()
      end.finish()
    } _: { server in
      let harness = Harness(backendStep: try forward(server.port))
      let run = Task { try await harness.run(Request()) }
      for await _ in asked {}
      run.cancel()
      for await _ in ended {}
      let ran = try await run.value
      #expect(ran.outcome.kind == .abandoned)
    }
  }

  @Test func `interim answers go straight to the client, and a WebSocket is joined with it`() async throws {
    try await RawServer.with { connection in
      let head = try await connection.read(until: "\r\n\r\n")
      let key = head.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19) ?? ""
      try await connection.write("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: \(WebSocketHandshake.accept(for: String(key)))\r\n"
          + "Sec-WebSocket-Protocol: chat\r\n\r\n")
      try await connection.write([0x81, 2, 0x68, 0x69])
      // The client's close, masked, and ours.
      _ = try await connection.read(8)
      try await connection.write([0x88, 2, 0x03, 0xE8])
    } _: { server in
      let pipeline = try Harness(backendStep: try forward(server.port)).pipeline()
      let client = SocketClient()
      let request = Request(
        target: "/socket", fields: [.secWebSocketProtocol: "chat, other"], asksForWebSocket: true)
      let outcome = await pipeline.run(request, id: "1", into: client)
      await pipeline.shutdown()
      #expect(outcome.kind == .delivered)
      #expect(client.seen.interim == [103])
      #expect(client.seen.upgrade?[.secWebSocketProtocol] == "chat")
      #expect(client.seen.upgrade?[.secWebSocketAccept] == nil)
      #expect(
        client.seen.frames == [.data(.text, ByteBuffer(string: "hi"), isFinal: true), .close(code: 1000, reason: "")])
    }
  }

  @Test func `a dry-run connects to nothing`() async throws {
    let ran = try await Harness(backendStep: try forward(1, mayConnect: false)).run(Request())
    #expect(ran.status == 503)
    #expect(ran.code == "backend-not-connected")
  }

  @Test func `the options`() async throws {
    let options = try options(of: Forward.self, ["to": "http://127.0.0.1:8080"])
    #expect(options.connectTimeout == .seconds(2))
    #expect(options.firstByteTimeout == .after(.seconds(10)))
    #expect(options.idleTimeout == .after(.seconds(30)))
    #expect(options.totalTimeout == .after(.seconds(60)))
    #expect(options.host == .backend)
    #expect(options.maxConnections == 1024 && options.maxWaiting == 1024)
    #expect(try Forward.Options(reading: ["to": "unix:/run/app.sock"]).to.socketPath == "/run/app.sock")
    #expect(problems(of: Forward.self, ["to": "unix:app.sock"]).first?.contains("absolute") == true)
    #expect(problems(of: Forward.self, [:]) == ["the option 'to' must be given"])
    #expect(problems(of: Forward.self, ["to": "http://h/path"]).first?.contains("no path") == true)
    #expect(problems(of: Forward.self, ["to": "http://h", "connect-timeout": "none"]).count == 1)
    for name in ["first-byte-timeout", "idle-timeout", "total-timeout"] {
      #expect(problems(of: Forward.self, OptionInput(dictionaryLiteral: ("to", "http://h"), (name, "none"))).isEmpty)
      #expect(problems(of: Forward.self, OptionInput(dictionaryLiteral: ("to", "http://h"), (name, "0"))).count == 1)
    }
    #expect(problems(of: Forward.self, ["to": "http://h", "ca": "x.pem"]).first?.contains("https") == true)
    #expect(
      problems(of: Forward.self, ["to": "https://h", "ca": ""]).first?.contains("'ca' must not be empty") == true)
    let missing = try Forward.Options(reading: ["to": "https://h", "ca": "missing.pem"])
    #expect(throws: StageBuildError.self) { try Forward(missing, Harness.context()) }
  }
}

/// A client with a WebSocket: it waits for a message, then closes.
private final class SocketClient: Sink, WebSocketPeer {
  struct Seen {
    var interim: [Int] = []
    var upgrade: HTTPFields?
    var frames: [WebSocketFrame] = []
  }

  private let state = Mutex(Seen())
  private let message = AsyncStream<Void>.makeStream()

  var seen: Seen { state.withLock { $0 } }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    state.withLock { $0.interim.append(status.code) }
  }
  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {}
  func write(_ chunk: ByteBuffer) async throws {}
  func end(_ trailers: HTTPFields?) async throws {}

  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    state.withLock { $0.upgrade = fields }
    return self
  }

  func receive() async throws -> WebSocketFrame {
    for await _ in message.stream {}
    return .close(code: 1000, reason: "")
  }

  func send(_ frame: WebSocketFrame) async throws {
    state.withLock { $0.frames.append(frame) }
    message.continuation.finish()
  }

  func abort(_ error: any Error) async { message.continuation.finish() }
}

struct ShelfTests {
  @Test func `the eight stages, each with help for every option`() throws {
    let registry = try StageRegistry(StandardStages.all)
    #expect(
      registry.all.map(\.name) == [
        "limit-body", "limit-headers", "normalize-path", "rate-limit", "respond", "verify-jwt", "forward",
        "emit-chunks",
      ])
    for stage in registry.all {
      #expect(!stage.options.isEmpty)
      for option in stage.options {
        #expect(option.help.hasSuffix("."), "\(stage.name) \(option.name)")
        #expect(!option.isRequired || option.exampleText != nil, "\(stage.name) \(option.name)")
      }
      #expect(Set(stage.answers.map(\.code)).count == stage.answers.count)
      #expect(
        stage.answers.allSatisfy { $0.code.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil && !$0.reason.isEmpty })
    }
    #expect(
      registry["verify-jwt"]?.options.map(\.name) == [
        "algorithms", "secret", "public-key", "jwks", "issuer", "audience", "leeway", "require", "from",
        "claims-to-headers",
      ])
  }
}
