import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TelephoneTesting
import Testing

/// The stages of docs/writing-stages.md do what it says of them.
@Suite(.timeLimit(.minutes(1)))
struct DocumentedStagesTests {
  @Test func `a request that does not greet is refused`() async throws {
    let harness = try await StageHarness(RequireGreeting.self, options: "field: X-Hello")
    let result = await harness.send(Request(target: "/"))
    #expect(result.status == .badRequest)
    #expect(result.outcome.code == "no-greeting")
    #expect(result.requestAtBackend == nil)
  }

  @Test func `a request that greets goes on`() async throws {
    let harness = try await StageHarness(RequireGreeting.self)
    let result = await harness.send(Request(fields: [.greeting: "Hi"]))
    #expect(result.status == .ok)
    #expect(result.requestAtBackend?.fields[.greeting] == "Hi")
  }

  @Test(arguments: [(200, 200), (201, 431)])
  func `a greeting has a length`(_ length: Int, _ status: Int) async throws {
    let harness = try await StageHarness(RequireGreeting.self, options: ["max-length": 200])
    let result = await harness.send(Request(fields: [.greeting: String(repeating: "x", count: length)]))
    #expect(result.status?.code == status)
  }

  @Test func `a bad field name is a problem of the options`() async throws {
    await #expect(throws: OptionProblems.self) {
      try await StageHarness(RequireGreeting.self, options: "field: not a name")
    }
  }

  @Test func `an answer of a request stage`() async throws {
    let harness = try await StageHarness(RefuseRobots.self)
    let robots = await harness.send(Request(target: "/robots.txt?x"))
    #expect(robots.text == "User-agent: *\nDisallow: /\n")
    #expect(robots.outcome == Outcome(.delivered, status: 200, decidedBy: "refuse-robots"))
    #expect(await harness.send(Request(target: "/")).outcome.decidedBy == "stub-backend")
  }

  @Test func `a body that is changed while it goes by`() async throws {
    let source = ScriptedBody(["hello, ", "wörld"])
    let backend = StubBackend { _ in
      Response(fields: [.contentType: "text/plain"], body: source.body(length: 13))
    }
    let harness = try await StageHarness(ShoutBody.self, backend: backend)
    let result = await harness.send()
    #expect(result.text == "HELLO, WöRLD")
    #expect(result.recording.chunks.count == 2)
  }

  @Test(
    arguments: [
      ("a=1&sender=anna", 200, nil), ("a=1", 400, "no-sender"),
      (String(repeating: "x", count: 65537), 413, "form-too-large"),
    ] as [(String, Int, String?)])
  func `a body that is looked at as a whole`(_ form: String, _ status: Int, _ code: String?) async throws {
    let harness = try await StageHarness(CheckForm.self)
    let result = await harness.send(Request(method: .post, body: Body(form)))
    #expect(result.status?.code == status)
    #expect(result.outcome.code == code)
    if code == nil { #expect(result.requestAtBackend?.body.unreadMemory == ByteBuffer(string: form)) }
  }

  @Test func `a value that one stage leaves`() async throws {
    let harness = try await StageHarness(IdentifyTenant.self)
    let result = await harness.send(Request(authority: "acme.example"))
    #expect(result.values[Tenant.self] == Tenant(name: "acme"))
  }

  @Test func `a value that another takes up`() async throws {
    let harness = try await StageHarness(TenantToField.self) { exchange in
      exchange.values[Tenant.self] = Tenant(name: "acme")
    }
    let result = await harness.send()
    #expect(result.requestAtBackend?.fields[.tenant] == "acme")
  }

  @Test func `a hook on the answer`() async throws {
    let harness = try await StageHarness(AllowOrigin.self, options: "origins: [https://app.example]")
    let friend = await harness.send(Request(fields: [.origin: "https://app.example"]))
    #expect(friend.fields[.accessControlAllowOrigin] == "https://app.example")
    let stranger = await harness.send(Request(fields: [.origin: "https://other.example"]))
    #expect(stranger.fields[.accessControlAllowOrigin] == nil)
  }

  @Test func `a slot comes back when the exchange has ended`() async throws {
    let sink = RecordingSink(holdsWrites: true)
    let harness = try await StageHarness(LimitOpen.self, options: "max: 1")
    async let first = harness.send(Request(), into: sink)
    await sink.heldWrites()
    #expect(await harness.send().outcome.code == "too-many-open")
    sink.release()
    #expect(await first.outcome.kind == .delivered)
    #expect(await harness.send().outcome.kind == .delivered)
  }

  @Test func `background work follows the clock of the test`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "deny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "denied.txt")
    try "192.0.2.1\n".write(to: file, atomically: true, encoding: .utf8)

    let harness = try await StageHarness(
      DenyClients.self, options: "{ file: denied.txt, every: 10s }", directory: folder.path)
    let request = Request(clientAddress: "192.0.2.7")
    #expect(await harness.send(request).status == .ok)

    try "192.0.2.7\n".write(to: file, atomically: true, encoding: .utf8)
    await harness.clock.sleepers(1)
    harness.clock.advance(by: .seconds(10))
    await harness.clock.sleepers(1)
    #expect(await harness.send(request).outcome.code == "denied")
    await harness.shutdown()
  }

  @Test func `a file that is not there is a fault of its option`() async throws {
    let error = await #expect(throws: StageBuildError.self) {
      try await StageHarness(DenyClients.self, options: "file: /nowhere/denied.txt")
    }
    #expect(error?.option == "file")
  }

  @Test func `a finally stage`() async throws {
    let stage = CountOutcomes(NoOptions(), StageContext(id: "count", logger: .silent))
    let line = try Line(
      .request("ask") { exchange in
        if exchange.request.method == .post { throw Refusal.teapot }
        return .proceed
      },
      .backend { _ in Response() }, .emit(), PipelineStep(stage: stage))
    for method in [HTTPRequest.Method.get, .post, .get] { _ = await line.send(Request(method: method)) }
    #expect(stage.counts.withLock { $0 } == [.delivered: 2, .refused: 1])
  }

  @Test func `what a stage keeps can be looked at`() async throws {
    let harness = try await StageHarness(CountOutcomes.self)
    for _ in 1...3 { _ = await harness.send() }
    let stage = try #require(harness.stage as? CountOutcomes)
    #expect(stage.counts.withLock { $0 } == [.delivered: 3])
  }
}

extension HTTPField.Name {
  static let greeting = HTTPField.Name("X-Greeting") ?? .via
  static let tenant = HTTPField.Name("X-Tenant") ?? .via
}
