import Foundation
import HTTPTypes
import NIOCore
import PipelineFile
import Rehearsal
import StandardStages
import TelephoneKit
import Testing

@Suite("a rehearsal", .timeLimit(.minutes(1)))
struct RehearsalTests {
  private func text(_ result: RehearsalResult) -> String { String(buffer: result.answer.body) }

  @Test func `the stub answers, and what reached it is known`() async throws {
    let stub = StubPlan(fallback: StubAnswer(status: .created, fields: [.server: "stub"], text: "hello"))
    let rehearsal = try await Support.rehearsal(try Support.checked(request: ["normalize-path"]), stub: stub)
    let result = await rehearsal.send(
      RequestDraft(method: .post, target: "/a/../b?x=1", fields: [.accept: "*/*"], body: ByteBuffer(string: "body")))
    await rehearsal.shutdown()
    #expect(result.outcome == Outcome(.delivered, status: 201, decidedBy: "forward"))
    #expect(result.answer.status?.code == 201)
    #expect(result.answer.fields[.server] == "stub")
    #expect(result.answer.fields[.contentLength] == "5")
    #expect(text(result) == "hello")
    #expect(result.answer.isWhole)
    let call = try #require(result.backendCalls.first)
    #expect(result.backendCalls.count == 1)
    #expect(call.step == "forward" && call.isWhole)
    #expect(call.request.method == .post && call.request.target == "/b?x=1")
    #expect(call.request.fields[.accept] == "*/*")
    #expect(String(buffer: call.request.body) == "body")
    #expect(result.trace.map(\.step) == ["normalize-path", "forward", "emit-chunks"])
  }

  @Test func `the first route that matches answers`() async throws {
    var diagnostics = DiagnosticList()
    let node = try #require(
      YAMLComposer.compose(Array("{ path: /api/**, method: GET }".utf8), file: "when", into: &diagnostics))
    let condition = try #require(MatcherReader(knowsStatus: false).read(node, into: &diagnostics))
    let stub = StubPlan(
      routes: [.init(condition, StubAnswer(text: "api")), .init(condition, StubAnswer(text: "never"))],
      fallback: StubAnswer(text: "other"))
    let rehearsal = try await Support.rehearsal(try Support.checked(), stub: stub)
    #expect(text(await rehearsal.send(RequestDraft(target: "/api/x"))) == "api")
    #expect(text(await rehearsal.send(RequestDraft(method: .put, target: "/api/x"))) == "other")
    #expect(text(await rehearsal.send(RequestDraft(target: "/x"))) == "other")
    await rehearsal.shutdown()
  }

  @Test func `delays and pauses take their time on the clock, and none in the world`() async throws {
    var answer = StubAnswer()
    answer.delay = .seconds(3600)
    answer.pieces = ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"].map { ByteBuffer(string: $0) }
    answer.pause = .seconds(60)
    answer.trailers = [.init("X-Sum")!: "6"]
    answer.interims = [.init(.init(code: 103), fields: [.server: "early"])]
    let rehearsal = try await Support.rehearsal(try Support.checked(), stub: StubPlan(fallback: answer))
    let began = ContinuousClock.now
    let result = await rehearsal.send(RequestDraft())
    #expect(ContinuousClock.now - began < .seconds(30))
    await rehearsal.shutdown()
    #expect(result.elapsed == .seconds(3600 + 2 * 60))
    #expect(result.answer.chunks.map { String(buffer: $0) } == ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"])
    #expect(result.answer.interims == answer.interims)
    #expect(result.answer.trailers == answer.trailers)
    #expect(result.answer.fields[.contentLength] == nil)
    #expect(rehearsal.clock?.date == Support.start.addingTimeInterval(3720))
  }

  @Test func `a deadline of a stage passes before a pause of the stub that is longer`() async throws {
    for (pause, code) in [(2, nil), (4, "paused-too-long")] as [(Int, String?)] {
      var answer = StubAnswer()
      answer.pieces = [ByteBuffer(string: "a"), ByteBuffer(string: "b")]
      answer.pause = .seconds(pause)
      let rehearsal = try await Support.rehearsal(
        try Support.checked(response: ["limit-pause"], stages: [LimitPause.self]), stub: StubPlan(fallback: answer))
      for _ in 0..<50 {
        let result = await rehearsal.send(RequestDraft())
        #expect(result.outcome.code == code)
        #expect(result.elapsed == .seconds(min(pause, 3)))
        #expect(text(result) == (code == nil ? "ab" : "a"))
      }
      await rehearsal.shutdown()
    }
  }

  @Test func `a stage that sleeps by itself is not waited for either`() async throws {
    let rehearsal = try await Support.rehearsal(
      try Support.checked(request: ["{ stage: wait-a-bit, with: { time: 1h } }"], stages: [WaitABit.self]))
    let began = ContinuousClock.now
    let result = await rehearsal.send(RequestDraft())
    #expect(ContinuousClock.now - began < .seconds(30))
    await rehearsal.shutdown()
    #expect(result.elapsed == .seconds(3600))
  }

  @Test func `background work has its turn at each of its deadlines, and moves no time by itself`() async throws {
    let rehearsal = try await Support.rehearsal(
      try Support.checked(request: ["count-seconds"], stages: [CountSeconds.self]))
    #expect(text(await rehearsal.send(RequestDraft())) == "0")
    await rehearsal.advance(by: .milliseconds(2500))
    #expect(text(await rehearsal.send(RequestDraft())) == "2")
    await rehearsal.advance(by: .milliseconds(500))
    #expect(text(await rehearsal.send(RequestDraft())) == "3")
    await rehearsal.shutdown()
  }

  @Test func `rates are tried by moving the clock`() async throws {
    let rehearsal = try await Support.rehearsal(
      try Support.checked(request: ["{ stage: rate-limit, with: { rate: 6/min, burst: 2 } }"]))
    var statuses: [Int?] = []
    for _ in 0..<3 { statuses.append(await rehearsal.send(RequestDraft()).outcome.status) }
    await rehearsal.advance(by: .seconds(9))
    statuses.append(await rehearsal.send(RequestDraft()).outcome.status)
    await rehearsal.advance(by: .seconds(1))
    statuses.append(await rehearsal.send(RequestDraft()).outcome.status)
    await rehearsal.shutdown()
    #expect(statuses == [200, 200, 429, 429, 200])
  }

  @Test func `a stub breaks before the head, or after so many octets`() async throws {
    var answer = StubAnswer(text: "0123456789")
    answer.breaks = .init(at: .head)
    let early = try await Support.rehearsal(try Support.checked(), stub: StubPlan(fallback: answer))
    let refused = await early.send(RequestDraft())
    await early.shutdown()
    #expect(refused.outcome == Outcome(.failed, status: 502, code: "backend-closed", decidedBy: "forward"))
    #expect(refused.answer.isWhole)

    answer.breaks = .init(at: .octet(4))
    let late = try await Support.rehearsal(try Support.checked(), stub: StubPlan(fallback: answer))
    let cut = await late.send(RequestDraft())
    await late.shutdown()
    #expect(cut.outcome.kind == .failed && cut.outcome.code == "backend-cut-off")
    #expect(text(cut) == "0123")
    #expect(!cut.answer.isWhole && cut.answer.abortedBy != nil)
  }

  @Test func `mocks stand in the place of steps`() async throws {
    let checked = try Support.checked(
      request: [
        "{ stage: verify-jwt, with: { algorithms: [HS256], secret: not-a-secret-not-a-secret-not-a-1 } }",
        "{ stage: rate-limit, with: { key: \"claim:sub\", rate: 1/min, burst: 1 } }",
      ])
    func outcome(_ mocks: [String: StepMock]) async throws -> RehearsalResult {
      let rehearsal = try await Support.rehearsal(checked, mocks: mocks)
      let result = await rehearsal.send(RequestDraft())
      await rehearsal.shutdown()
      return result
    }
    #expect(try await outcome([:]).outcome.code == "no-token")
    let ann = StepMock.proceed(Claims(["sub": .text("ann")]))
    #expect(try await outcome(["verify-jwt": ann]).outcome.kind == .delivered)
    let page = try await outcome(["verify-jwt": .answer(StubAnswer(text: "page"))])
    #expect(page.outcome == Outcome(.delivered, status: 200, decidedBy: "verify-jwt"))
    #expect(page.backendCalls.isEmpty)
    let refused = try await outcome(["verify-jwt": .refuse(status: 418, code: "tea", isFailure: false)])
    #expect(refused.outcome == Outcome(.refused, status: 418, code: "tea", decidedBy: "verify-jwt"))
    let failed = try await outcome([
      "verify-jwt": ann, "forward": .refuse(status: 504, code: "backend-late", isFailure: true),
    ])
    #expect(failed.outcome == Outcome(.failed, status: 504, code: "backend-late", decidedBy: "forward"))
    #expect(failed.backendCalls.count == 1)
    await #expect(throws: PipelineFileError.self) { try await outcome(["forward": .proceed(nil)]) }
    await #expect(throws: PipelineFileError.self) { try await outcome(["emit-chunks": .proceed(nil)]) }
  }

  @Test func `an exchange is abandoned when the task is cancelled`() async throws {
    let rehearsal = try await Support.rehearsal(try Support.checked())
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await rehearsal.send(RequestDraft())
    }
    #expect(await task.value.outcome.kind == .abandoned)
    await rehearsal.shutdown()
  }

  /// RFC 7515, A.3: `exp` is 1300819380.
  @Test func `keys behind a URL come from a file, and a token expires by the clock`() async throws {
    let token =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      + "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    let jwks = """
      {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",\
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
      """
    let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString).json")
    try Data(jwks.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let url = "https://id.example.com/keys"
    let checked = try Support.checked(
      request: ["{ stage: verify-jwt, with: { algorithms: [ES256], jwks: \"\(url)\" } }"])
    let draft = RequestDraft(fields: [.authorization: "Bearer \(token)"])
    let start = Date(timeIntervalSince1970: 1_300_819_000)
    let rehearsal = try await Rehearsal(
      checked, RehearsalPlan(start: start, filesOfURLs: [url: file.path]), logger: Support.logger)
    var codes: [String?] = []
    for wait in [0, 409, 1] {
      await rehearsal.advance(by: .seconds(wait))
      codes.append(await rehearsal.send(draft).outcome.code)
    }
    await rehearsal.shutdown()
    #expect(codes == [nil, nil, "token-expired"])

    let without = try await Rehearsal(checked, RehearsalPlan(start: start), logger: Support.logger)
    #expect(await without.send(draft).outcome.code == "keys-unavailable")
    await without.shutdown()
  }

  @Test func `no stage may open a socket, nor is one told the date of the day`() async throws {
    let rehearsal = try await Support.rehearsal(
      try Support.checked(request: ["tell-context"], stages: [TellContext.self]))
    await rehearsal.advance(by: .seconds(60))
    #expect(text(await rehearsal.send(RequestDraft())) == "false 1767225660")
    await rehearsal.shutdown()
  }
}
