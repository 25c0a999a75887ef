import HTTPTypes
import TelephoneKit
import TelephoneTesting
import Testing

/// The way of an exchange: one direction, no way back.
@Suite(.timeLimit(.minutes(1)))
struct ExchangeWayTests {
  @Test func `the order of the steps is the order in time`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("one") { _ in
        diary.note("one")
        return .proceed
      },
      .request("two") { _ in
        diary.note("two")
        return .proceed
      },
      .backend { _ in
        diary.note("backend")
        return Response()
      },
      .response("three") { _, _ in diary.note("three") },
      .response("four") { _, _ in diary.note("four") },
      .emit { response, exchange, sink in
        diary.note("emit")
        try await Write.plainly(response, exchange, sink)
      },
      .finally { _, _ in diary.note("finally") })
    let result = await line.send()
    #expect(diary.notes == ["one", "two", "backend", "three", "four", "emit", "finally"])
    #expect(result.trace.map(\.step) == ["one", "two", "backend", "three", "four", "emit", "finally"])
    #expect(result.trace.map(\.track) == [.request, .request, .backend, .response, .response, .emit, .finally])
  }

  @Test func `a refusal skips to the first response stage`() async throws {
    let diary = Diary()
    let line = try Line(
      .request("refuse") { _ in throw Refusal.teapot },
      .request("later") { _ in
        diary.note("later")
        return .proceed
      },
      .backend { _ in
        diary.note("backend")
        return Response()
      },
      .response("first") { response, _ in diary.note("first saw \(response.status.code)") },
      .response("second") { _, _ in diary.note("second") })
    let result = await line.send()
    #expect(diary.notes == ["first saw 418", "second"])
    #expect(result.outcome == Outcome(.refused, status: 418, code: "teapot", decidedBy: "refuse"))
    #expect(result.recording.text.contains(#""code":"teapot""#))
    #expect(result.recording.fields[.contentType] == "application/problem+json")
  }

  @Test(arguments: [
    (Outcome(.delivered, status: 200, decidedBy: "backend"), "backend"),
    (Outcome(.delivered, status: 204, decidedBy: "decide"), "answer"),
    (Outcome(.refused, status: 418, code: "teapot", decidedBy: "decide"), "refuse"),
    (Outcome(.failed, status: 500, code: "internal", decidedBy: "decide"), "break"),
    (Outcome(.failed, status: 502, code: "dead", decidedBy: "backend"), "fail"),
  ])
  func `every answer passes the response stages and the same emitter`(_ expected: Outcome, _ target: String)
    async throws
  {
    let line = try Line(
      .request("decide") { exchange in
        switch exchange.request.target {
        case "answer": return .answer(Response(status: .noContent))
        case "refuse": throw Refusal.teapot
        case "break": throw Broken()
        default: return .proceed
        }
      },
      .backend { exchange in
        if exchange.request.target == "fail" {
          throw Failure(status: .badGateway, code: "dead", "The backend is gone.")
        }
        return Response()
      },
      .response("mark") { response, _ in response.fields[.mark] = "passed" },
      .emit { response, exchange, sink in
        var response = response
        response.fields[.via] = "emitter"
        try await Write.plainly(response, exchange, sink)
      })
    let result = await line.send(Request(target: target))
    #expect(result.outcome == expected)
    #expect(result.recording.status?.code == expected.status)
    #expect(result.recording.fields[.mark] == "passed")
    #expect(result.recording.fields[.via] == "emitter")
    #expect(result.recording.isEnded)
  }

  @Test func `the first backend whose condition matches answers`() async throws {
    let line = try Line(
      .backend("a", when: .path("/a")) { _ in Response(text: "a") },
      .backend("b", when: .path("/b")) { _ in Response(text: "b") },
      .backend("rest") { _ in Response(text: "rest") })
    for (target, id) in [("/a?x", "a"), ("/b", "b"), ("/c", "rest")] {
      let result = await line.send(Request(target: target))
      #expect(result.recording.text == id)
      #expect(result.outcome.decidedBy == id)
    }
  }

  @Test func `no backend is a 404 that no step decided`() async throws {
    let line = try Line(.backend("a", when: .path("/a")) { _ in Response() })
    let result = await line.send(Request(target: "/b"))
    #expect(result.outcome == Outcome(.refused, status: 404, code: "no-backend"))
    #expect(result.trace.map(\.verdict).first == .skipped("path /a"))
  }

  @Test func `what a request stage changes is what the backend gets`() async throws {
    let line = try Line(
      .request("change") { exchange in
        exchange.request.target = "/changed"
        exchange.request.fields[.mark] = "1"
        return .proceed
      },
      .backend { exchange in Response(text: "\(exchange.request.target) \(exchange.request.fields[.mark] ?? "")") })
    #expect(await line.send().recording.text == "/changed 1")
  }

  @Test func `interim heads go straight to the sink`() async throws {
    let sink = RecordingSink()
    let line = try Line(
      .request("continue") { exchange in
        try await exchange.interim(.continue)
        return .proceed
      },
      .backend { exchange in
        #expect(sink.recording.interims.map(\.status.code) == [100])
        try await exchange.interim(.init(code: 103), [.mark: "</style.css>"])
        return Response()
      },
      .response("mark") { response, _ in response.fields[.mark] = "1" })
    let result = await line.send(Request(), into: sink)
    #expect(result.recording.interims.map(\.status.code) == [100, 103])
    #expect(result.recording.interims.last?.fields == [.mark: "</style.css>"])
    #expect(result.recording.status == .ok)
  }

  @Test func `stages hand typed values to later ones`() async throws {
    enum TenantKey: ExchangeKey { typealias Value = String }
    enum CountKey: ExchangeKey { typealias Value = Int }
    let line = try Line(
      .request("leave") { exchange in
        #expect(exchange.values[TenantKey.self] == nil)
        exchange.values[TenantKey.self] = "acme"
        exchange.values[Claims.self] = Claims(["sub": .text("anna")])
        return .proceed
      },
      .backend { exchange in
        Response(text: "\(exchange.values[TenantKey.self] ?? "-") \(exchange.values[Claims.self]?.subject ?? "-")")
      },
      .response("late") { _, exchange in
        #expect(exchange.values[CountKey.self] == nil)
        exchange.values[TenantKey.self] = nil
      },
      .finally { exchange, _ in #expect(exchange.values[TenantKey.self] == nil) })
    #expect(await line.send().recording.text == "acme anna")
    #expect(await line.send().recording.text == "acme anna", "no value outlives its exchange")
  }

  @Test func `many exchanges use the same stages at once`() async throws {
    let gate = Gate()
    let line = try Line(
      .request("wait") { _ in
        try await gate.enter()
        return .proceed
      },
      .backend { exchange in Response(text: exchange.request.target) })
    let texts = await withTaskGroup { group in
      for number in 0..<16 { group.addTask { await (number, line.send(Request(target: "/\(number)")).recording.text) } }
      await gate.waiting(16)
      gate.open()
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(texts == Dictionary(uniqueKeysWithValues: (0..<16).map { ($0, "/\($0)") }))
  }
}
