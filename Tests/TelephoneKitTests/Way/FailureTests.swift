import HTTPTypes
import NIOCore
import TelephoneKit
import TelephoneTesting
import Testing

/// Errors in each track, as they are described.
struct FailureTests {
  @Test(arguments: [Track.request, .backend])
  func `before the answer, an error becomes an answer on its way to the first response stage`(_ track: Track)
    async throws
  {
    let line = try Line(
      .request("ask") { _ in
        if track == .request { throw Broken() }
        return .proceed
      },
      .backend { _ in throw Broken() },
      .response("mark") { response, _ in response.fields[.mark] = "\(response.status.code)" })
    let result = await line.send()
    #expect(
      result.outcome
        == Outcome(.failed, status: 500, code: "internal", decidedBy: track == .request ? "ask" : "backend"))
    #expect(result.recording.fields[.mark] == "500")
    #expect(result.recording.isEnded)
  }

  @Test func `the client is told nothing of the inside`() async throws {
    let line = try Line(
      .backend { _ in throw Failure(status: .badGateway, code: "dead", "The backend is gone.", cause: Broken()) })
    let result = await line.send()
    #expect(
      result.recording.text
        == #"{"code":"dead","detail":"The backend is gone.","status":502,"title":"Bad Gateway"}"#)
    let other = try Line(.backend { _ in throw Broken() })
    #expect(await !other.send().recording.text.contains("swordfish"))
  }

  @Test func `in the response track the answer is replaced and goes on at the next stage`() async throws {
    let diary = Diary()
    let line = try Line(
      .backend { _ in Response(text: "fine") },
      .response("before") { response, _ in diary.note("before \(response.status.code)") },
      .response("broken") { _, _ in throw Failure(status: .badGateway, code: "bad", "It broke.") },
      .response("after") { response, exchange in
        diary.note("after \(response.status.code) \(exchange.status?.code ?? 0)")
      })
    let result = await line.send()
    #expect(diary.notes == ["before 200", "after 502 502"])
    #expect(result.outcome == Outcome(.failed, status: 502, code: "bad", decidedBy: "broken"))
    #expect(!result.recording.text.contains("fine"))
  }

  @Test func `a response stage may refuse`() async throws {
    let line = try Line(
      .backend { _ in Response(text: "fine") },
      .response("refuse") { _, _ in throw Refusal.teapot })
    #expect(await line.send().outcome == Outcome(.refused, status: 418, code: "teapot", decidedBy: "refuse"))
  }

  @Test func `an error before the head left is a plain 500`() async throws {
    let line = try Line(
      .backend { _ in Response(fields: [.mark: "1"], text: "fine") },
      .emit { _, _, _ in throw Broken() })
    let result = await line.send()
    #expect(result.outcome == Outcome(.failed, status: 500, code: "internal", decidedBy: "emit"))
    #expect(result.recording.status == .internalServerError)
    #expect(result.recording.fields[.mark] == nil)
    #expect(result.recording.isEnded)
    #expect(result.recording.text.contains("internal"))
  }

  @Test func `the plain 500 to a HEAD has no body`() async throws {
    let line = try Line(.backend { _ in Response() }, .emit { _, _, _ in throw Broken() })
    let result = await line.send(Request(method: .head))
    #expect(result.recording.status == .internalServerError)
    #expect(result.recording.chunks.isEmpty)
    #expect(result.recording.isEnded)
  }

  @Test func `an error after the head left cuts the exchange off`() async throws {
    let source = ScriptedBody(["half"], then: .failure(Broken()))
    let line = try Line(.backend { _ in Response(body: source.body()) })
    let result = await line.send()
    #expect(result.outcome == Outcome(.failed, status: 500, code: "internal", decidedBy: "emit"))
    #expect(result.recording.status == .ok)
    #expect(result.recording.text == "half")
    #expect(!result.recording.isEnded)
    #expect(result.recording.abortedBy as? Broken == Broken())
  }

  @Test func `a refusal out of a body that was being emitted is a failure with its code`() async throws {
    var refusal = Refusal.teapot
    refusal.decidedBy = "limit"
    let source = ScriptedBody(["half"], then: .failure(refusal))
    let line = try Line(.backend { _ in Response(body: source.body()) })
    let result = await line.send()
    #expect(result.outcome == Outcome(.failed, status: 418, code: "teapot", decidedBy: "limit"))
    #expect(result.recording.abortedBy is Refusal)
  }

  @Test func `an emitter that leaves before the end cuts the exchange off`() async throws {
    let line = try Line(
      .backend { _ in Response() },
      .emit { response, _, sink in try await sink.head(response.status, response.fields) })
    let result = await line.send()
    #expect(result.outcome.kind == .failed)
    #expect(!result.recording.isEnded)
    #expect(result.recording.abortedBy != nil)
  }

  @Test func `an emitter that breaks the answer off itself has not delivered it`() async throws {
    let line = try Line(
      .backend { _ in Response() },
      .emit { response, _, sink in
        try await sink.head(response.status, response.fields)
        await sink.abort(Broken())
      })
    let result = await line.send()
    #expect(result.outcome.kind == .failed)
    #expect(result.recording.abortedBy as? Broken == Broken())
    #expect(!result.recording.isEnded)
  }

  @Test func `a sink that breaks at the head gets no second one`() async throws {
    let sink = RecordingSink(failing: .atHead, with: Broken())
    let line = try Line(.backend { _ in Response() })
    let result = await line.send(Request(), into: sink)
    #expect(result.outcome.kind == .failed)
    #expect(result.recording.abortedBy as? Broken == Broken())
    #expect(result.recording.status == nil)
  }

  @Test(arguments: [RecordingSink.Failing.atWrite(2), .atEnd])
  func `a sink that breaks later cuts the exchange off`(_ failing: RecordingSink.Failing) async throws {
    let sink = RecordingSink(failing: failing, with: Broken())
    let line = try Line(.backend { _ in Response(body: ScriptedBody(["a", "b"]).body()) })
    let result = await line.send(Request(), into: sink)
    #expect(result.outcome.kind == .failed)
    #expect(!result.recording.isEnded)
    #expect(result.recording.abortedBy as? Broken == Broken())
  }
}
