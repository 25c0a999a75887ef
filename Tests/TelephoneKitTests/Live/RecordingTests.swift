import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TelephoneTesting
import Testing

/// Whole exchanges are kept, and nothing of them changes by that.
@Suite(.timeLimit(.minutes(1)))
struct RecordingTests {
  private final class Recorder: ExchangeRecorder {
    let bodyLimit: Int
    let budget: OctetBudget
    let taken = Mutex<[ExchangeRecording]>([])
    var counts: RecordingCounts { RecordingCounts() }

    init(bodyLimit: Int = 100, budget: Int = 1000) {
      self.bodyLimit = bodyLimit
      self.budget = OctetBudget(budget)
    }

    func now() -> Date { Date(timeIntervalSince1970: 1) }
    func take(_ recording: ExchangeRecording) { taken.withLock { $0.append(recording) } }

    /// The only one.
    func only() throws -> (ExchangeRecording, ExchangeRecording.Contents) {
      let all = taken.withLock { $0 }
      #expect(all.count == 1)
      let recording = try #require(all.first)
      return (recording, try #require(recording.contents))
    }
  }

  @discardableResult
  private func send(
    _ request: Request = Request(), to recorder: Recorder, into sink: RecordingSink = RecordingSink(),
    _ steps: PipelineStep...
  ) async throws -> Outcome {
    let line = try Line(steps)
    return await LivePipeline(line.pipeline).run(
      request, id: "r", into: sink, watch: ExchangeWatch([], recorder: recorder))
  }

  private static let echo = PipelineStep.backend { exchange in
    Response(status: .created, fields: [.mark: "left"], body: exchange.request.body.map { $0 })
  }

  @Test func `the request is as it came, the answer as it left`() async throws {
    let recorder = Recorder()
    let source = ScriptedBody(["Hel", "lo"], then: .end(trailers: [.mark: "t"]))
    let sink = RecordingSink()
    try await send(
      Request(method: .post, target: "/a?b", fields: [.mark: "came"], body: source.body()), to: recorder, into: sink,
      .request("change") { exchange in
        exchange.request.target = "/changed"
        exchange.request.fields[.mark] = "changed"
        return .proceed
      }, Self.echo)
    let (recording, contents) = try recorder.only()
    #expect(recording.id == "r" && recording.pipeline == "test" && recording.began.timeIntervalSince1970 == 1)
    #expect(recording.request.target == "/a?b" && recording.request.fields == [.mark: "came"])
    #expect(String(buffer: contents.requestBody.kept) == "Hello" && !contents.requestBody.isCut)
    #expect(contents.requestBody.trailers == [.mark: "t"])
    #expect(contents.head?.status == .created && contents.head?.fields[.mark] == "left")
    #expect(String(buffer: contents.responseBody.kept) == "Hello" && !contents.responseBody.isCut)
    #expect(contents.responseBody.trailers == [.mark: "t"])
    #expect(contents.outcome == Outcome(.delivered, status: 201, decidedBy: "backend"))
    // And the client has got it all the same.
    #expect(sink.recording.text == "Hello" && sink.recording.trailers == [.mark: "t"])
  }

  @Test func `a body past the limit is cut, and its length known`() async throws {
    let recorder = Recorder(bodyLimit: 4)
    let sink = RecordingSink()
    let source = ScriptedBody(["Hel", "lo, wor", "ld"])
    try await send(Request(method: .post, body: source.body()), to: recorder, into: sink, Self.echo)
    let (_, contents) = try recorder.only()
    for body in [contents.requestBody, contents.responseBody] {
      #expect(String(buffer: body.kept) == "Hell" && body.octets == 12 && body.isCut)
    }
    #expect(sink.recording.text == "Hello, world")
  }

  @Test func `with a limit of nothing bodies are only counted`() async throws {
    let recorder = Recorder(bodyLimit: 0)
    try await send(Request(body: Body("abc")), to: recorder, Self.echo)
    let (_, contents) = try recorder.only()
    #expect(contents.requestBody.kept.readableBytes == 0 && contents.requestBody.octets == 3)
    #expect(contents.requestBody.isCut)
  }

  @Test func `all recordings share one room, and give it back`() async throws {
    let recorder = Recorder(bodyLimit: 100, budget: 10)
    try await send(Request(body: Body("12345678")), to: recorder, Self.echo)
    // The request's eight fit, the answer's do not. Nothing is kept behind a gap.
    let (_, first) = try recorder.only()
    #expect(first.requestBody.octets == 8 && !first.requestBody.isCut)
    #expect(first.responseBody.kept.readableBytes == 0 && first.responseBody.isCut)
    recorder.taken.withLock { $0 = [] }
    try await send(to: recorder, .backend { _ in Response(body: ScriptedBody(["12345678901", "2"]).body()) })
    let (_, second) = try recorder.only()
    #expect(second.responseBody.kept.readableBytes == 0 && second.responseBody.octets == 12)
    recorder.taken.withLock { $0 = [] }
    try await send(Request(body: Body("1234567890")), to: recorder, .backend { _ in Response() })
    #expect(try !recorder.only().1.requestBody.isCut)
  }

  @Test func `a body in memory stays one, so that it can be sent twice`() async throws {
    let recorder = Recorder()
    let seen = Mutex<ByteBuffer?>(nil)
    try await send(
      Request(method: .put, body: Body("twice")), to: recorder,
      .backend { exchange in
        seen.withLock { $0 = exchange.request.body.unreadMemory }
        return Response()
      })
    #expect(seen.withLock { $0 } == ByteBuffer(string: "twice"))
    #expect(String(buffer: try recorder.only().1.requestBody.kept) == "twice")
  }

  @Test func `a body that nobody reads is not read, and is closed`() async throws {
    let recorder = Recorder()
    let source = ScriptedBody(["never"])
    try await send(
      Request(body: source.body(length: 5)), to: recorder,
      .request("refuse") { exchange in
        #expect(exchange.request.body.length == 5)
        throw Refusal.teapot
      }, Self.echo)
    #expect(source.reads == 0 && source.closes == 1)
    let (_, contents) = try recorder.only()
    #expect(contents.requestBody.octets == 0 && contents.requestBody.isCut)
    #expect(contents.outcome.kind == .refused && contents.outcome.code == "teapot")
    #expect(contents.head?.status.code == 418)
  }

  @Test func `an answer that is cut off, and one that never began, are told from whole ones`() async throws {
    let cut = Recorder()
    try await send(
      to: cut, .backend { _ in Response(body: ScriptedBody(["half"], then: .failure(Broken())).body()) })
    let (_, contents) = try cut.only()
    #expect(contents.responseBody.octets == 4 && contents.responseBody.isCut && contents.outcome.kind == .failed)
    let gone = Recorder()
    try await send(to: gone, into: RecordingSink(failing: .atHead), .backend { _ in Response() })
    let (_, nothing) = try gone.only()
    #expect(nothing.head == nil && nothing.outcome.kind == .abandoned)
  }

  @Test func `chunks are held back by the client as without a recording`() async throws {
    let recorder = Recorder()
    let sink = RecordingSink(holdsWrites: true)
    let source = ScriptedBody(["a", "b", "c"])
    let sending = Task { try await send(to: recorder, into: sink, .backend { _ in Response(body: source.body()) }) }
    await sink.heldWrites()
    #expect(source.reads == 1)
    sink.release()
    _ = try await sending.value
    #expect(source.reads == 4)
  }

  @Test func `what a stage hides for one exchange is hidden in its recording`() async throws {
    let recorder = Recorder()
    try await send(
      to: recorder,
      .request("hide") { exchange in
        exchange.redaction.hide(field: .mark)
        return .proceed
      }, Self.echo)
    #expect(try recorder.only().1.redaction.fields.contains(.mark))
  }

  @Test func `of a WebSocket the handshake is kept, and no frame`() async throws {
    let recorder = Recorder()
    let (client, backend) = (WebSocketPair(), WebSocketPair())
    let sending = Task {
      try await send(
        Request(asksForWebSocket: true), to: recorder, into: RecordingSink(webSocket: client.inner),
        .backend { _ in Response(status: .switchingProtocols, fields: [.mark: "ws"], webSocket: backend.inner) })
    }
    try await client.outer.send(.data(.text, ByteBuffer(string: "a secret word"), isFinal: true))
    _ = try await backend.outer.receive()
    try await client.outer.send(.close(code: 1000, reason: ""))
    _ = try await backend.outer.receive()
    try await backend.outer.send(.close(code: 1000, reason: ""))
    _ = try await sending.value
    let (recording, contents) = try recorder.only()
    #expect(recording.request.asksForWebSocket && contents.head?.status == .switchingProtocols)
    #expect(contents.head?.fields[.mark] == "ws")
    #expect(contents.requestBody.octets == 0 && contents.responseBody.octets == 0)
  }
}
