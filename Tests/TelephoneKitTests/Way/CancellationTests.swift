import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// Cancellation is structural, and a client that is gone is no failure.
@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
  @Test(arguments: [Track.request, .backend, .response])
  func `cancelling the task of an exchange cancels the stage in whose turn it is`(_ track: Track) async throws {
    let gate = Gate()
    let diary = Diary()
    @Sendable func wait(_ here: Track) async throws {
      guard here == track else { return diary.note("\(here)") }
      try await gate.enter()
    }
    let line = try Line(
      .request("request") { _ in
        try await wait(.request)
        return .proceed
      },
      .backend { _ in
        try await wait(.backend)
        return Response()
      },
      .response("response") { _, _ in try await wait(.response) },
      .emit { response, exchange, sink in
        diary.note("emit")
        try await Write.plainly(response, exchange, sink)
      })
    let task = Task { await line.send() }
    await gate.waiting(1)
    task.cancel()
    let result = await task.value
    #expect(result.outcome.kind == .abandoned)
    #expect(result.recording.status == nil)
    #expect(result.recording.abortedBy is CancellationError)
    #expect(diary.notes == Track.allCases.filter { $0 < track }.map(\.rawValue))
  }

  @Test func `cancelling while a body is emitted cuts it off and closes it`() async throws {
    let source = ScriptedBody(["a", "b"])
    let sink = RecordingSink(holdsWrites: true)
    let line = try Line(.backend { _ in Response(body: source.body()) })
    let task = Task { await line.send(Request(), into: sink) }
    await sink.heldWrites()
    task.cancel()
    let result = await task.value
    #expect(result.outcome == Outcome(.abandoned, status: 200))
    #expect(result.recording.abortedBy is CancellationError)
    #expect(source.reads == 1)
    #expect(source.closes == 1)
  }

  @Test func `cancelling reaches a body that gives nothing`() async throws {
    let source = ScriptedBody(["a"], then: .stall)
    let line = try Line(.backend { _ in Response(body: source.body()) })
    let task = Task { await line.send() }
    await source.stalled()
    task.cancel()
    #expect(await task.value.outcome.kind == .abandoned)
  }

  @Test(arguments: [RecordingSink.Failing.atHead, .atWrite(2), .atEnd])
  func `a sink without a client makes the exchange abandoned`(_ failing: RecordingSink.Failing) async throws {
    let source = ScriptedBody(["a", "b"])
    let sink = RecordingSink(failing: failing)
    let line = try Line(.backend { _ in Response(body: source.body()) })
    let result = await line.send(Request(), into: sink)
    #expect(result.outcome == Outcome(.abandoned, status: 200))
    #expect(!result.recording.isEnded)
    #expect(source.isClosed == (failing != .atEnd))
  }

  @Test func `an upload whose client is gone makes the exchange abandoned`() async throws {
    let upload = ScriptedBody(["a"], then: .failure(ClientGone()))
    let line = try Line(
      .backend { exchange in
        _ = try await exchange.request.body.collect(upTo: 10)
        return Response()
      },
      .response("never") { _, _ in Issue.record("There is nobody to answer.") })
    let result = await line.send(Request(method: .post, body: upload.body()))
    #expect(result.outcome == Outcome(.abandoned))
    #expect(result.recording.status == nil)
  }

  @Test func `a cancellation error in a task that is not cancelled is a failure`() async throws {
    let line = try Line(.backend { _ in throw CancellationError() })
    #expect(await line.send().outcome == Outcome(.failed, status: 500, code: "internal", decidedBy: "backend"))
  }
}
