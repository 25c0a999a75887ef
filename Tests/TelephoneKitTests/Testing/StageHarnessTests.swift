import Foundation
import HTTPTypes
import NIOCore
import PipelineFile
import TelephoneKit
import TelephoneTesting
import Testing

/// The harness works for a stage of each track.
@Suite(.timeLimit(.minutes(1)))
struct StageHarnessTests {
  @Test(
    arguments: [
      (Ask.self, ["ask", "stub-backend", "emit-plainly"]),
      (Serve.self, ["serve", "emit-plainly"]),
      (Touch.self, ["stub-backend", "touch", "emit-plainly"]),
      (Write.self, ["stub-backend", "write"]),
      (Conclude.self, ["stub-backend", "emit-plainly", "conclude"]),
    ] as [(any Stage.Type, [String])])
  func `stubs stand where the stage does not`(_ stage: any Stage.Type, _ steps: [String]) async throws {
    let result = try await StageHarness(stage).send()
    #expect(result.trace.map(\.step) == steps)
    #expect(result.status == .ok)
    #expect(result.isWhole)
    #expect(result.outcome.kind == .delivered)
  }

  @Test func `the stub backend answers as it is told`() async throws {
    let harness = try await StageHarness(
      Touch.self, backend: StubBackend(status: .notFound, fields: [.mark: "1"], text: "Nothing."))
    let result = await harness.send()
    #expect(result.status == .notFound)
    #expect(result.fields[.mark] == "1")
    #expect(result.text == "Nothing.")
    #expect(result.body == ByteBuffer(string: "Nothing."))
    #expect(result.entry(of: "stub-backend")?.verdict == .answered(404))
  }

  @Test func `the stub backend reads the request's body, unless it is told not to`() async throws {
    let read = ScriptedBody(["a", "b"], then: .end(trailers: [.mark: "1"]))
    let harness = try await StageHarness(Ask.self)
    let result = await harness.send(Request(method: .post, body: read.body()))
    #expect(result.requestAtBackend?.body.unreadMemory == ByteBuffer(string: "ab"))
    #expect(try await result.requestAtBackend?.body.collect(upTo: 2) == ByteBuffer(string: "ab"))
    #expect(result.requestAtBackend?.body.trailers == [.mark: "1"])
    #expect(!read.isClosed)

    let unread = ScriptedBody(["a", "b"])
    let lazy = try await StageHarness(Ask.self, backend: StubBackend(readsBody: false) { _ in Response() })
    #expect(await lazy.send(Request(method: .post, body: unread.body())).requestAtBackend != nil)
    #expect(unread.reads == 0)
    #expect(unread.isClosed)
  }

  @Test func `a stub backend may fail`() async throws {
    let harness = try await StageHarness(
      Touch.self, backend: StubBackend { _ in throw Failure(status: .badGateway, code: "dead", "It is gone.") })
    #expect(await harness.send().outcome == Outcome(.failed, status: 502, code: "dead", decidedBy: "stub-backend"))
  }

  @Test func `the date goes with the clock, from the same day on`() async throws {
    let harness = try await StageHarness(TellDate.self)
    #expect(await harness.send().text == "1767225600")
    harness.clock.advance(by: .seconds(90))
    #expect(await harness.send().text == "1767225690")

    let fixture = try await PipelineFixture(
      "pipeline: p\nstages: [tell-date, { stage: forward, with: { to: x } }, emit-chunks]", stages: [TellDate.self])
    fixture.clock.advance(by: .seconds(3600))
    #expect(await fixture.send().text == "1767229200")
  }

  @Test func `many exchanges at once are not mixed up`() async throws {
    let harness = try await StageHarness(Ask.self)
    let targets = await withTaskGroup { group in
      for number in 0..<16 {
        group.addTask { await (number, harness.send(Request(target: "/\(number)")).requestAtBackend?.target) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(targets == Dictionary(uniqueKeysWithValues: (0..<16).map { ($0, "/\($0)") }))
  }

  @Test func `secret options are hidden in the trace`() async throws {
    struct Stamp: RequestStage {
      struct Options: StageOptions {
        @Option(help: "The secret.", secret: true) var secret = "none"
      }
      static let name = "stamp"
      static let summary = "Stamps."
      let secret: String
      init(_ options: Options, _ context: StageContext) { secret = options.secret }
      func process(_ exchange: Exchange) async throws -> Decision {
        exchange.request.fields[.mark] = secret
        return .proceed
      }
    }
    let result = try await StageHarness(Stamp.self, options: "secret: swordfish").send()
    #expect(result.requestAtBackend?.fields[.mark] == "swordfish")
    #expect(result.entry(of: "stamp")?.changes.map(\.after) == [Redaction.mark])
  }

  @Test func `faults of the options and of the YAML are thrown`() async throws {
    let problems = await #expect(throws: OptionProblems.self) {
      try await StageHarness(RequireGreeting.self, options: "fild: X")
    }
    #expect(problems?.problems.first?.place == Place(file: "options", line: 1, column: 1))
    await #expect(throws: PipelineFileError.self) {
      try await StageHarness(RequireGreeting.self, options: "field: [")
    }
  }

  @Test func `a fixture runs a whole file, with the stub in its backend's place`() async throws {
    let fixture = try await PipelineFixture(
      """
      pipeline: greeting
      variables:
        FIELD: { example: X-Hello }
      stages:
        - refuse-robots
        - stage: require-greeting
          when: { path: /api/** }
          with: { field: "${FIELD}" }
        - stage: forward
          with: { to: "http://127.0.0.1:8080", anything: goes }
        - shout-body
        - emit-chunks
        - count-outcomes
      """,
      stages: [RequireGreeting.self, RefuseRobots.self, ShoutBody.self, CountOutcomes.self],
      backend: StubBackend(text: "hello"))
    let refused = await fixture.send(Request(target: "/api/x"))
    #expect(refused.outcome.decidedBy == "require-greeting")
    #expect(refused.requestAtBackend == nil)
    let robots = await fixture.send(Request(target: "/robots.txt"))
    #expect(robots.text == "USER-AGENT: *\nDISALLOW: /\n")
    let served = await fixture.send(Request(target: "/"))
    #expect(served.text == "HELLO")
    #expect(served.requestAtBackend?.target == "/")
    #expect(
      served.trace.map(\.step) == [
        "refuse-robots", "require-greeting", "forward", "shout-body", "emit-chunks", "count-outcomes",
      ])
    #expect(served.entry(of: "require-greeting")?.verdict == .skipped("path /api/**"))
    await fixture.shutdown()
  }

  @Test func `a fixture takes variables, includes, and other stand-ins`() async throws {
    let fixture = try await PipelineFixture(
      """
      pipeline: greeting
      variables:
        FIELD: { example: X-Hello }
      stages:
        - include: common.yaml
        - forward
        - hide-errors
        - emit-chunks
        - access-log
      """,
      stages: [RequireGreeting.self],
      standIns: PipelineFixture.usualStandIns.merging(
        ["limit-headers": .request, "hide-errors": .response, "access-log": .finally]) { $1 },
      variables: ["FIELD": "X-Greeting"],
      files: [
        "common.yaml": """
        fragment: common
        stages:
          - { stage: limit-headers, with: { max-count: 3 } }
          - { stage: require-greeting, with: { field: "${FIELD}" } }
        """
      ])
    let result = await fixture.send(Request(fields: [.greeting: "Hi"]))
    #expect(result.outcome.kind == .delivered)
    #expect(result.trace.count == 6)
  }

  @Test func `a fixture without a stub builds the file's own backend`() async throws {
    let fixture = try await PipelineFixture(
      "{ pipeline: own, stages: [serve, write] }", stages: [Serve.self, Write.self], backend: nil)
    let result = await fixture.send()
    #expect(result.outcome.decidedBy == "serve")
    #expect(result.requestAtBackend == nil)
  }

  @Test func `a fixture shows all that is wrong with a file`() async throws {
    let error = await #expect(throws: PipelineFileError.self) {
      try await PipelineFixture(
        "{ pipeline: bad, stages: [require-greting, forward, emit-chunks, emit-chunks] }",
        stages: [RequireGreeting.self])
    }
    #expect(error?.diagnostics.count == 3)
    #expect("\(error, default: "")".contains("unknown stage 'require-greting'"))
  }
}

/// Answers with the seconds since 1970.
private struct TellDate: RequestStage {
  static let name = "tell-date"
  static let summary = "Tells the date."

  let date: @Sendable () -> Date

  init(_ options: NoOptions, _ context: StageContext) { date = context.date }

  func process(_ exchange: Exchange) async throws -> Decision {
    .answer(Response(text: "\(Int(date().timeIntervalSince1970))"))
  }
}
