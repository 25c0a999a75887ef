import HTTPTypes
import NIOCore
import TelephoneKit
import Testing

@testable import StandardStages

struct LimitHeadersTests {
  private func run(_ fields: [(String, String)], _ input: OptionInput) async throws -> Ran {
    let stage = LimitHeaders(try options(of: LimitHeaders.self, input), Harness.context())
    let fields = HTTPFields(
      fields.compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } })
    return try await Harness(request: [PipelineStep(stage: stage)]).run(Request(fields: fields))
  }

  @Test func `the defaults`() throws {
    let options = LimitHeaders.Options()
    #expect(options.maxCount == 100)
    #expect(options.maxName == .octets(256))
    #expect(options.maxValue == .kibibytes(16))
    #expect(options.maxTotal == .kibibytes(64))
  }

  @Test(arguments: [(3, nil), (4, "too-many-fields")])
  func `count, repeats too`(count: Int, code: String?) async throws {
    let ran = try await run(Array(repeating: ("A", "1"), count: count), ["max-count": 3])
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 431))
    #expect(ran.outcome.kind == (code == nil ? .delivered : .refused))
  }

  @Test(arguments: [(8, nil), (9, "field-name-too-long")])
  func `name`(length: Int, code: String?) async throws {
    let ran = try await run([(String(repeating: "n", count: length), "")], ["max-name": "8B"])
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 431))
  }

  @Test(arguments: [
    ("12345678", nil), ("123456789", "field-value-too-long"), ("1234567\u{e9}", "field-value-too-long"),
  ])
  func `value, in octets`(value: String, code: String?) async throws {
    let ran = try await run([("A", value)], ["max-value": "8B"])
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 431))
  }

  @Test(arguments: [("1234", nil), ("12345", "fields-too-large")])
  func `total of names and values`(value: String, code: String?) async throws {
    let ran = try await run([("AA", "1234"), ("BB", value)], ["max-total": "12B"])
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 431))
  }

  @Test func `the refusal names the field, never its value`() async throws {
    let ran = try await run([("X-Long", "hunter2hunter2")], ["max-value": "8B"])
    #expect(ran.text.contains("X-Long"))
    #expect(!ran.text.contains("hunter2"))
  }
}

struct LimitBodyTests {
  private func run(_ body: Body, fields: HTTPFields = [:], max: String = "8B") async throws -> (Ran, StubBackend) {
    let stage = LimitBody(try options(of: LimitBody.self, ["max": OptionInput(.scalar(max))]), Harness.context())
    let backend = StubBackend()
    let harness = Harness(request: [PipelineStep(id: "small", stage: stage)], backend: backend)
    return (try await harness.run(Request(method: .post, fields: fields, body: body)), backend)
  }

  @Test func `the default is 10 MiB`() {
    #expect(LimitBody.Options().max == .mebibytes(10))
  }

  @Test(arguments: [("12345678", 200), ("123456789", 413)])
  func `a length that is known is refused at once`(text: String, status: Int) async throws {
    let (ran, backend) = try await run(Body(text))
    #expect(ran.status == status)
    #expect((backend.request != nil) == (status == 200))
  }

  @Test(arguments: ["9", "99999999999999999999999"])
  func `so is a Content-Length past the limit`(length: String) async throws {
    let source = PartsBody(["1"])
    let (ran, backend) = try await run(Body(source: source), fields: [.contentLength: length])
    #expect(ran.status == 413)
    #expect(backend.request == nil)
    #expect(source.isClosed)
  }

  @Test(arguments: [(["1234", "5678"], 200), (["1234", "5678", "9"], 413), (["123456789"], 413)])
  func `a length that is not known is counted while it streams`(parts: [String], status: Int) async throws {
    let source = PartsBody(parts)
    let (ran, backend) = try await run(Body(source: source))
    #expect(ran.status == status)
    #expect(backend.body == (status == 200 ? parts.joined() : nil))
    if status == 413 {
      #expect(ran.outcome == Outcome(.refused, status: 413, code: "body-too-large", decidedBy: "small"))
      #expect(source.isClosed)
    }
  }

  @Test func `a body that is longer than it said is counted too`() async throws {
    let (ran, _) = try await run(Body(length: 4, source: PartsBody(["1234", "56789"])))
    #expect(ran.status == 413)
  }

  @Test func `length and trailers stay`() async throws {
    let stage = LimitBody(LimitBody.Options(), Harness.context())
    let backend = StubBackend()
    let body = Body(length: 3, source: PartsBody(["abc"], trailers: [.eTag: "x"]))
    _ = try await Harness(request: [PipelineStep(stage: stage)], backend: backend).run(Request(body: body))
    #expect(backend.request?.body.length == 3)
    #expect(backend.request?.body.trailers?[.eTag] == "x")
  }
}
