import HTTPTypes
import TelephoneKit
import Testing

@testable import StandardStages

struct RespondTests {
  private func run(_ input: OptionInput, _ request: Request = Request()) async throws -> (Ran, StubBackend) {
    let stage = try Respond(try options(of: Respond.self, input), Harness.context())
    let backend = StubBackend()
    let harness = Harness(request: [PipelineStep(id: "fixed", stage: stage)], backend: backend)
    return (try await harness.run(request), backend)
  }

  @Test func `the defaults: 200 without a body`() async throws {
    let (ran, backend) = try await run([:])
    #expect(ran.outcome == Outcome(.delivered, status: 200, code: nil, decidedBy: "fixed"))
    #expect(ran.answer.fields == [.contentLength: "0"])
    #expect(ran.text == "")
    #expect(backend.request == nil)
  }

  @Test func `status, fields and body are those of the file`() async throws {
    let (ran, backend) = try await run([
      "status": 503, "fields": ["Retry-After": 600, "cache-control": "no-store"], "body": "Zurück um 12 Uhr.\n",
    ])
    #expect(ran.status == 503)
    #expect(ran.answer.fields[.retryAfter] == "600")
    #expect(ran.answer.fields[.cacheControl] == "no-store")
    #expect(ran.answer.fields[.contentType] == "text/plain; charset=utf-8")
    #expect(ran.answer.fields[.contentLength] == "19")
    #expect(ran.text == "Zurück um 12 Uhr.\n")
    #expect(ran.outcome.kind == .delivered)
    #expect(backend.request == nil)
  }

  @Test func `a content type of the file stays`() async throws {
    let (ran, _) = try await run(["fields": ["content-type": "application/json"], "body": "{}"])
    #expect(ran.answer.fields[values: .contentType] == ["application/json"])
  }

  @Test func `an answer to HEAD has the length and no body`() async throws {
    let (ran, _) = try await run(["body": "hello"], Request(method: .head))
    #expect(ran.answer.fields[.contentLength] == "5")
    #expect(ran.answer.chunks.isEmpty)
  }

  @Test(arguments: [204, 304])
  func `an answer that has no body has no length either`(status: Int) async throws {
    let (ran, _) = try await run(["status": OptionInput(.scalar(String(status)))])
    #expect(ran.status == status)
    #expect(ran.answer.fields[.contentLength] == nil)
  }

  @Test func `the request's body is closed unread`() async throws {
    let source = PartsBody(["not for us"])
    _ = try await run([:], Request(method: .post, body: Body(source: source)))
    #expect(source.isClosed)
  }

  @Test(
    arguments: [
      (["status": 199], "'status' must be from 200 to 599, not 199"),
      (["status": 600], "'status' must be from 200 to 599, not 600"),
      (["status": 204, "body": "x"], "an answer with the status 204 has no body (RFC 9110, 6.4.1)"),
      (["fields": ["a b": "x"]], "'fields': 'a b' is no field name (RFC 9110, 5.1)"),
      (
        ["fields": ["X": "a\r\nSet-Cookie: b"]],
        "'fields': the value of 'X' must be one line without spaces at its ends"
      ),
      (["fields": ["Content-Length": "7"]], "'fields': 'Content-Length' is set where the answer is sent; leave it out"),
      (
        ["fields": ["transfer-encoding": "chunked"]],
        "'fields': 'transfer-encoding' is set where the answer is sent; leave it out"
      ),
      (["fields": ["Via": "a", "via": "b"]], "'fields': 'via' stands there twice, in upper and lower case"),
      (["fields": "Retry-After: 5"], "'fields': expected a map of names, each to text; write { a: b }"),
      (["text": "x"], "unknown option 'text'"),
    ] as [(OptionInput, String)])
  func `what cannot be an answer is refused when the file is checked`(input: OptionInput, sentence: String) {
    #expect(problems(of: Respond.self, input) == [sentence])
  }
}
