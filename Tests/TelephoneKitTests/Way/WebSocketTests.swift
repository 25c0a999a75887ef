import HTTPTypes
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

/// A WebSocket is an exchange: the pipeline decides about the handshake, and the runner joins the two ends.
@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
  let client = WebSocketPair()
  let backend = WebSocketPair()
  let asking = Request(target: "/chat", asksForWebSocket: true)

  private func line(_ steps: PipelineStep...) throws -> Line {
    let inner = backend.inner
    let serve = PipelineStep.backend { exchange in
      #expect(exchange.request.asksForWebSocket)
      return Response(
        status: .switchingProtocols, fields: [.secWebSocketProtocol: "chat"], webSocket: inner)
    }
    let track = { (step: PipelineStep) in type(of: step.stage).track }
    return try Line(steps.filter { track($0) < .backend } + [serve] + steps.filter { track($0) > .backend })
  }

  private func text(_ text: String, isFinal: Bool = true) -> WebSocketFrame {
    .data(.text, ByteBuffer(string: text), isFinal: isFinal)
  }

  /// Runs an exchange whose two far ends a test holds.
  private func send(
    on line: Line, into sink: RecordingSink? = nil, _ play: () async throws -> Void
  ) async throws -> Line.Result {
    let sink = sink ?? RecordingSink(webSocket: client.inner)
    async let result = line.send(asking, into: sink)
    try await play()
    return await result
  }

  @Test func `frames pass both ways until each end has closed`() async throws {
    let line = try line()
    let result = try await send(on: line) {
      for frame in [text("he", isFinal: false), .data(.continuation, ByteBuffer(string: "llo"), isFinal: true)] {
        try await client.outer.send(frame)
        #expect(try await backend.outer.receive() == frame)
      }
      try await backend.outer.send(.ping(ByteBuffer(string: "?")))
      #expect(try await client.outer.receive() == .ping(ByteBuffer(string: "?")))
      try await client.outer.send(.close(code: 4001, reason: "enough"))
      #expect(try await backend.outer.receive() == .close(code: 4001, reason: "enough"))
      // Who was given a close may send what it still has to say.
      try await backend.outer.send(text("last words"))
      #expect(try await client.outer.receive() == text("last words"))
      try await backend.outer.send(.close(code: 1005, reason: ""))
      #expect(try await client.outer.receive() == .close(code: 1005, reason: ""))
    }
    #expect(result.outcome == Outcome(.delivered, status: 101, decidedBy: "backend"))
    #expect(result.recording.isUpgraded)
    #expect(result.recording.fields == [.secWebSocketProtocol: "chat"])
    #expect(result.trace.last?.verdict == .spliced(fromClient: 2, fromBackend: 2))
    #expect(result.recording.abortedBy == nil)
    #expect(client.inner.abortedBy == nil)
    #expect(backend.inner.abortedBy == nil)
  }

  @Test func `response stages see the head, finally stages the end`() async throws {
    let diary = Diary()
    let line = try line(
      .response("mark") { response, _ in
        #expect(response.webSocket != nil)
        response.fields[.mark] = "seen"
        diary.note("head")
      },
      .emit { _, _, _ in Issue.record("the emit stage had its turn") },
      .finally { _, outcome in diary.note("\(outcome.kind)") })
    let result = try await send(on: line) {
      try await backend.outer.send(.close(code: 1000, reason: ""))
      _ = try await client.outer.receive()
      #expect(diary.notes == ["head"])
      try await client.outer.send(.close(code: 1000, reason: ""))
    }
    #expect(diary.notes == ["head", "delivered"])
    #expect(result.recording.fields[.mark] == "seen")
  }

  @Test func `who does not receive makes the other end wait`() async throws {
    let slow = WebSocketPair(capacity: 1)
    let line = try line()
    let result = try await send(on: line, into: RecordingSink(webSocket: slow.inner)) {
      for _ in 0..<2 { try await backend.outer.send(text("x")) }
      await slow.inner.isHeld()
      try await backend.outer.send(.close(code: 1000, reason: ""))
      #expect(backend.inner.unread == 1)
      for _ in 0..<3 { _ = try await slow.outer.receive() }
      try await slow.outer.send(.close(code: 1000, reason: ""))
    }
    #expect(result.outcome.kind == .delivered)
  }

  @Test func `a refused handshake is an ordinary answer`() async throws {
    let line = try Line(
      .request("refuse") { _ in throw Refusal.teapot },
      .backend { _ in
        Issue.record("the backend was asked")
        return Response()
      })
    let result = await line.send(asking, into: RecordingSink(webSocket: client.inner))
    #expect(result.outcome.kind == .refused)
    #expect(result.recording.status?.code == 418)
    #expect(!result.recording.isUpgraded)
  }

  enum Change: CaseIterable, Sendable {
    case status, answer, failure, hook
  }

  @Test(arguments: Change.allCases)
  func `another answer in its place ends the backend's end`(_ change: Change) async throws {
    let line = try line(
      .request("hook") { exchange in
        if change == .hook { exchange.onResponse { response, _ in response = Response(text: "no") } }
        return .proceed
      },
      .response("change") { response, _ in
        switch change {
        case .status: response.status = .forbidden
        case .answer: response = Response(status: .forbidden, text: "no")
        case .failure: throw Broken()
        case .hook: break
        }
      })
    let result = await line.send(asking, into: RecordingSink(webSocket: client.inner))
    #expect(backend.inner.abortedBy != nil)
    #expect(!result.recording.isUpgraded)
    #expect(result.recording.isEnded)
    #expect(result.recording.status?.code == (change == .failure ? 500 : change == .hook ? 200 : 403))
  }

  @Test func `a sink that carries none gives a plain answer`() async throws {
    let result = try await line().send(asking)
    #expect(result.outcome == Outcome(.failed, status: 501, code: "no-websocket", decidedBy: "emit"))
    #expect(result.recording.status?.code == 501)
    #expect(result.recording.isEnded)
    #expect(backend.inner.abortedBy is Failure)
  }

  @Test func `a client that is gone before the 101 abandons the exchange`() async throws {
    let result = try await line().send(asking, into: RecordingSink(failing: .atUpgrade))
    #expect(result.outcome.kind == .abandoned)
    #expect(backend.inner.abortedBy != nil)
  }

  @Test func `a 101 without a WebSocket is a 500`() async throws {
    let line = try Line(.backend { _ in Response(status: .switchingProtocols) })
    let result = await line.send(asking, into: RecordingSink(webSocket: client.inner))
    #expect(result.recording.status == .internalServerError)
    #expect(result.outcome.kind == .failed)
  }

  @Test func `a client that goes without a close abandons the exchange`() async throws {
    let line = try line()
    let result = try await send(on: line) {
      await backend.inner.isAwaited()
      await client.outer.abort(Broken())
    }
    #expect(result.outcome == Outcome(.abandoned, status: 101))
    #expect(backend.inner.abortedBy is ClientGone)
    await #expect(throws: MemoryWebSocket.Broken.self) { try await backend.outer.receive() }
  }

  @Test func `a backend that goes without a close makes the exchange failed`() async throws {
    let line = try line()
    let result = try await send(on: line) {
      await client.inner.isAwaited()
      await backend.outer.abort(Broken())
    }
    #expect(result.outcome == Outcome(.failed, status: 101, code: "websocket-broken", decidedBy: "backend"))
    #expect((client.inner.abortedBy as? Failure)?.status == .badGateway)
    #expect(
      result.trace.last?.verdict
        == .failed(
          status: 502, code: "websocket-broken", sentence: "The backend's WebSocket ended without a close."))
  }

  @Test(arguments: [true, false])
  func `a close has ten seconds to be answered`(_ clientIsLate: Bool) async throws {
    let line = try line()
    let (early, late) = clientIsLate ? (backend, client) : (client, backend)
    let result = try await send(on: line) {
      try await early.outer.send(.close(code: 1000, reason: ""))
      #expect(try await late.outer.receive() == .close(code: 1000, reason: ""))
      await line.clock.sleepers(1)
      line.clock.advance(by: .milliseconds(9999))
      #expect(late.inner.abortedBy == nil)
      line.clock.advance(by: .milliseconds(1))
    }
    #expect(result.outcome.kind == (clientIsLate ? .abandoned : .failed))
    #expect((client.inner.abortedBy as? Failure)?.status == .gatewayTimeout)
    #expect((backend.inner.abortedBy as? Failure)?.status == .gatewayTimeout)
  }

  @Test func `an end that has closed need not take the rest`() async throws {
    let line = try line()
    let result = try await send(on: line) {
      try await client.outer.send(.close(code: 1001, reason: ""))
      _ = try await backend.outer.receive()
      await client.outer.abort(Broken())
      try await backend.outer.send(text("nobody hears this"))
      try await backend.outer.send(.close(code: 1001, reason: ""))
    }
    #expect(result.outcome.kind == .delivered)
    #expect(backend.inner.abortedBy == nil)
  }

  @Test func `cancelling the exchange aborts both ends`() async throws {
    let line = try line()
    let sink = RecordingSink(webSocket: client.inner)
    let task = Task { await line.send(asking, into: sink) }
    await client.inner.isAwaited()
    await backend.inner.isAwaited()
    task.cancel()
    #expect(await task.value.outcome == Outcome(.abandoned, status: 101))
    #expect(client.inner.abortedBy is CancellationError)
    #expect(backend.inner.abortedBy is CancellationError)
  }
}
