import HTTPTypes
import NIOCore
import TelephoneKit
import Testing

@testable import StandardStages

struct EmitChunksTests {
  private func run(
    _ response: Response, _ input: OptionInput = [:], method: HTTPRequest.Method = .get
  ) async throws -> Ran {
    let emit = EmitChunks(try options(of: EmitChunks.self, input), Harness.context())
    return try await Harness(backend: StubBackend { response }, emit: PipelineStep(stage: emit))
      .run(Request(method: method))
  }

  private func chunks(_ parts: [String], _ input: OptionInput) async throws -> [String] {
    try await run(Response(body: Body(source: PartsBody(parts))), input).answer.chunks.map { String(buffer: $0) }
  }

  @Test func `the defaults`() {
    #expect(EmitChunks.Options().maxChunk == .kibibytes(64))
    #expect(EmitChunks.Options().flush == .immediately)
  }

  @Test(arguments: [
    (["ab", "c"], ["ab", "c"]), (["abcd"], ["abcd"]), (["abcde"], ["abcd", "e"]),
    (["abcdefghi"], ["abcd", "efgh", "i"]),
    ([], []),
  ])
  func `immediately: every buffer as it comes, cut at the limit`(parts: [String], expected: [String]) async throws {
    #expect(try await chunks(parts, ["max-chunk": "4B"]) == expected)
  }

  @Test(arguments: [
    (["a", "b", "c"], ["abc"]), (["ab", "cd", "e"], ["abcd", "e"]), (["abc", "defghij"], ["abcd", "efgh", "ij"]),
    (["abcd", "efgh"], ["abcd", "efgh"]), ([], []),
  ])
  func `coalesce: a chunk waits until it is full`(parts: [String], expected: [String]) async throws {
    #expect(try await chunks(parts, ["max-chunk": "4B", "flush": "coalesce"]) == expected)
  }

  @Test func `whatever the cuts, the octets stay`() async throws {
    var random = SeededGenerator(state: 7)
    for _ in 0..<200 {
      let parts = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        String(
          (0..<Int.random(in: 1...20, using: &random)).map { _ in "abcdefgh".randomElement(using: &random) ?? "a" })
      }
      for joins in [false, true] {
        let limit = Int.random(in: 1...9, using: &random)
        var cutter = ChunkCutter(limit: limit, joins: joins)
        let chunks = parts.flatMap { cutter.push(ByteBuffer(string: $0)) } + cutter.finish()
        #expect(chunks.map { String(buffer: $0) }.joined() == parts.joined())
        #expect(chunks.allSatisfy { (1...limit).contains($0.readableBytes) })
        if joins { #expect(chunks.dropLast().allSatisfy { $0.readableBytes == limit }) }
      }
    }
  }

  @Test func `head, fields and trailers are handed on`() async throws {
    var response = Response(
      status: .created, body: Body(source: PartsBody(["x"], trailers: [.eTag: "sum"])))
    response.fields.append(HTTPField(name: .setCookie, value: "a=1"))
    response.fields.append(HTTPField(name: .setCookie, value: "b=2"))
    let ran = try await run(response)
    #expect(ran.status == 201)
    #expect(ran.answer.fields[values: .setCookie] == ["a=1", "b=2"])
    #expect(ran.answer.trailers?[.eTag] == "sum")
    #expect(ran.answer.isWhole)
  }

  @Test(arguments: [(200, HTTPRequest.Method.head), (204, .get), (304, .get)])
  func `an answer without content closes its body unread`(status: Int, method: HTTPRequest.Method) async throws {
    let source = PartsBody(["must not be seen"])
    let response = Response(
      status: .init(code: status), fields: [.contentLength: "16"], body: Body(source: source))
    let ran = try await run(response, method: method)
    #expect(ran.answer.chunks.isEmpty)
    #expect(ran.answer.isWhole)
    #expect(ran.answer.fields[.contentLength] == "16")
    #expect(source.isClosed)
  }

  @Test func `a body that breaks is never a whole answer`() async throws {
    let failure = Failure(status: .badGateway, code: "backend-cut-off", "Broken.")
    let ran = try await run(Response(body: Body(source: PartsBody(["half"], error: failure))))
    #expect(ran.text == "half")
    #expect(ran.answer.isAborted)
    #expect(!ran.answer.isWhole)
    #expect(ran.outcome.kind == .failed)
    #expect(ran.code == "backend-cut-off")
  }
}
