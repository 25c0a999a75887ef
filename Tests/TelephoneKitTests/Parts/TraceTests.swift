import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// What a trace says of each step.
@Suite(.timeLimit(.minutes(1)))
struct TraceTests {
  @Test func `the verdicts of all kinds`() async throws {
    let line = try Line(
      .request("pass") { _ in .proceed },
      .request("skip", when: .path("/other")) { _ in .proceed },
      .backend { _ in Response(text: "12345") },
      .response("break") { _, exchange in
        if exchange.request.target == "/broken" { throw Broken() }
      },
      .finally { _, _ in })
    let verdicts = await line.send().trace.map(\.verdict)
    #expect(
      verdicts == [
        .passed, .skipped("path /other"), .answered(200), .passed, .emitted(chunks: 1, octets: 5), .passed,
      ])
    let broken = await line.send(Request(target: "/broken")).trace.map(\.verdict)
    #expect(
      broken[3] == .failed(status: 500, code: "internal", sentence: "The request could not be served."))
  }

  @Test func `a refusal stands in the trace with code and sentence`() async throws {
    let line = try Line(.request("refuse") { _ in throw Refusal.teapot })
    #expect(
      await line.send().trace.first?.verdict == .refused(status: 418, code: "teapot", sentence: "Short and stout."))
  }

  @Test func `changes are told one by one`() async throws {
    let line = try Line(
      .request("change") { exchange in
        exchange.request.method = .post
        exchange.request.target = "/b"
        exchange.request.authority = "b.example"
        exchange.request.fields[.mark] = "new"
        exchange.request.fields[.accept] = nil
        exchange.request.fields.append(HTTPField(name: .via, value: "2"))
        exchange.request.body = Body("other")
        return .proceed
      },
      .backend { _ in Response(text: "x") },
      .response("wrap") { response, _ in
        response.status = .accepted
        response.fields[.contentLength] = nil
        response.body = response.body.map { $0 }
      })
    let request = Request(
      authority: "a.example", target: "/a", fields: [.accept: "*/*", .via: "1", .userAgent: "test"])
    let trace = await line.send(request).trace
    #expect(
      trace[0].changes.map(\.text) == [
        "method: GET -> POST", "target: /a -> /b", "authority: a.example -> b.example", "Accept: */* -> -",
        "Via: 1 -> 1, 2", "X-Mark: - -> new", "body: as it came -> replaced or wrapped",
      ])
    #expect(
      trace[2].changes.map(\.text) == [
        "status: 200 -> 202", "Content-Length: 1 -> -", "response body: as it came -> replaced or wrapped",
      ])
    #expect(trace[1].changes.isEmpty)
  }

  @Test func `secrets are hidden in changes`() async throws {
    var redaction = Redaction()
    redaction.hide(secret: "swordfish")
    redaction.hide(queryItem: "token")
    let line = try Line(
      [
        .request("change") { exchange in
          exchange.request.fields[.authorization] = "Bearer abc"
          exchange.request.fields[.mark] = "my swordfish"
          exchange.request.target = "/?a=1&token=abc"
          return .proceed
        },
        .backend { _ in Response() },
      ], redaction: redaction)
    let changes = try #require(await line.send(Request(target: "/?token=old")).trace.first).changes
    #expect(
      changes.map(\.text) == [
        "target: /?token=‹secret› -> /?a=1&token=‹secret›", "Authorization: - -> ‹secret›",
        "X-Mark: - -> my ‹secret›",
      ])
  }

  @Test func `a stage may add what is hidden`() async throws {
    let line = try Line(
      .request("change") { exchange in
        exchange.redaction.hide(field: .mark)
        exchange.request.fields[.mark] = "hidden"
        return .proceed
      },
      .backend { _ in Response() })
    #expect(await line.send().trace.first?.changes.map(\.text) == ["X-Mark: - -> ‹secret›"])
  }

  @Test func `time is the pipeline's clock's`() async throws {
    let line = try Line(
      .request("slow") { exchange in
        try await exchange.clock.sleep(for: .seconds(3))
        return .proceed
      },
      .backend { _ in Response() })
    let task = Task { await line.send() }
    await line.clock.sleepers(1)
    line.clock.advance(by: .seconds(3))
    #expect(await task.value.trace.map(\.elapsed) == [.seconds(3), .zero, .zero])
  }

  @Test func `entries are handed on as they happen`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("one") { _ in .proceed },
      .backend { _ in
        diary.note("in backend")
        return Response()
      })
    let recorder = TraceRecorder { entry in diary.note(entry.step) }
    _ = await line.pipeline.run(Request(), id: "1", into: RecordingSink(), trace: recorder)
    #expect(diary.notes == ["one", "in backend", "backend", "emit"])
  }
}

extension TraceEntry.Change {
  var text: String { "\(subject): \(before ?? "-") -> \(after ?? "-")" }
}
