import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// What runs when the last octet left, or the exchange was cut off.
@Suite(.timeLimit(.minutes(1)))
struct ConclusionTests {
  @Test(arguments: Outcome.Kind.allCases)
  func `finally runs once per exchange, whatever the outcome`(_ kind: Outcome.Kind) async throws {
    let diary = Diary()
    let sink = RecordingSink()
    let line = try Line(
      .request("decide") { _ in
        switch kind {
        case .delivered: return .proceed
        case .refused: throw Refusal.teapot
        case .abandoned: throw ClientGone()
        case .failed: throw Broken()
        }
      },
      .backend { _ in Response(text: "fine") },
      .finally { exchange, outcome in
        diary.note("\(exchange.id) \(outcome.kind)")
        #expect(sink.recording.isEnded == (kind != .abandoned), "the last octet left before")
        #expect((sink.recording.abortedBy != nil) == (kind == .abandoned))
      })
    let result = await line.send(Request(), into: sink)
    #expect(diary.notes == ["1 \(kind)"])
    #expect(result.outcome.kind == kind)
  }

  @Test func `finally runs outside the cancelled task`() async throws {
    let diary = Diary()
    let gate = Gate()
    let line = try Line(
      .backend { _ in
        try await gate.enter()
        return Response()
      },
      .finally { _, outcome in diary.note("\(outcome.kind), cancelled: \(Task.isCancelled)") })
    let task = Task { await line.send() }
    await gate.waiting(1)
    task.cancel()
    #expect(await task.value.outcome.kind == .abandoned)
    #expect(diary.notes == ["abandoned, cancelled: false"])
  }

  @Test func `finally has five seconds, together`() async throws {
    let diary = Diary()
    let line = try Line(
      .backend { _ in Response() },
      .finally("slow") { exchange, _ in
        do {
          try await exchange.clock.sleep(for: .seconds(60))
        } catch {
          diary.note("cut off")
        }
      },
      .finally("next") { _, _ in diary.note("next, cancelled: \(Task.isCancelled)") })
    let task = Task { await line.send() }
    await line.clock.sleepers(2)
    line.clock.advance(by: .milliseconds(4999))
    #expect(diary.notes.isEmpty)
    line.clock.advance(by: .milliseconds(1))
    #expect(await task.value.outcome.kind == .delivered)
    #expect(diary.notes == ["cut off", "next, cancelled: true"])
  }

  @Test func `a finally stage that ignores its cancellation is left behind`() async throws {
    let stuck = Gate()
    let line = try Line(
      .backend { _ in Response() },
      .finally { _, _ in await Task { try? await stuck.enter() }.value })
    let task = Task { await line.send() }
    await stuck.waiting(1)
    await line.clock.sleepers(1)
    line.clock.advance(by: .seconds(5))
    await line.clock.sleepers(1)
    line.clock.advance(by: .seconds(1))
    #expect(await task.value.outcome.kind == .delivered)
    stuck.open()
  }

  @Test func `onEnd runs before the finally stages, with the outcome`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("slot") { exchange in
        exchange.onEnd { outcome in diary.note("slot back, \(outcome.kind)") }
        throw Refusal.teapot
      },
      .finally { _, _ in diary.note("finally") })
    _ = await line.send()
    #expect(diary.notes == ["slot back, refused", "finally"])
  }

  @Test func `onEnd needs no finally stage`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("slot") { exchange in
        exchange.onEnd { _ in diary.note("slot back") }
        return .proceed
      },
      .backend { _ in Response() })
    _ = await line.send()
    #expect(diary.notes == ["slot back"])
  }

  @Test func `children are cancelled and awaited before finally`() async throws {
    let diary = Diary()
    let gate = Gate()
    let line = try Line(
      .backend { exchange in
        exchange.begin {
          do {
            try await gate.enter()
          } catch {
            for _ in 0..<100 { await Task.yield() }
            diary.note("upload cut off")
          }
        }
        await gate.waiting(1)
        return Response(text: "early")
      },
      .emit { response, exchange, sink in
        try await Write.plainly(response, exchange, sink)
        diary.note("emitted")
      },
      .finally { _, _ in diary.note("finally") })
    let result = await line.send()
    #expect(result.recording.text == "early")
    #expect(diary.notes == ["emitted", "upload cut off", "finally"])
  }

  @Test func `a child reads the request's body while the answer is emitted`() async throws {
    let upload = ScriptedBody(["1", "2", "3"])
    let line = try Line(
      .backend { exchange in
        let body = exchange.request.body
        let done = Gate()
        exchange.begin {
          while (try? await body.next()) != nil {}
          done.open()
        }
        return Response(
          body: Body("x").map { chunk in
            try await done.enter()
            return chunk
          })
      })
    let result = await line.send(Request(method: .post, body: upload.body()))
    #expect(result.outcome.kind == .delivered)
    #expect(upload.reads == 4)
    #expect(!upload.isClosed)
  }
}
