import HTTPTypes
import Logging
import NIOCore
import Synchronization
import TelephoneKit
import Testing

@testable import PipelineFile

struct `Building a checked pipeline` {
  private final class Head: Sink {
    let seen = Mutex<(Int, HTTPFields)?>(nil)
    func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {}
    func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
      seen.withLock { $0 = (status.code, fields) }
    }
    func write(_ chunk: ByteBuffer) async throws {}
    func end(_ trailers: HTTPFields?) async throws {}
    func abort(_ error: any Error) async {}
  }

  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func diary(_ name: String) -> [String] { Lived.diaries.withLock { $0[name] ?? [] } }

  @Test func `stages are built once in the order of the file and shut down in the other`() async throws {
    let text = """
      pipeline: p
      stages:
        - { stage: lived, id: a, with: { diary: ordered } }
        - { stage: lived, id: b, with: { diary: ordered } }
        - { stage: forward, when: { path: /api/** }, with: { to: x } }
        - { stage: stamp, when: { status: 404 } }
        - emit-chunks
      """
    let pipeline = try await Fixture.loader().load(text: text).build(logger: logger)
    #expect(diary("ordered") == ["a built", "b built"])
    let sink = Head()
    let outcome = await pipeline.run(Request(target: "/other"), id: "1", into: sink)
    #expect(outcome.status == 404)
    #expect(sink.seen.withLock { $0?.1[.via] } == "stamped")
    #expect(await pipeline.run(Request(target: "/api/x"), id: "2", into: sink).status == 200)
    #expect(sink.seen.withLock { $0?.1[.via] } == nil)
    await pipeline.shutdown()
    #expect(diary("ordered").suffix(2) == ["b shut down", "a shut down"])
  }

  @Test func `where stages cannot be built those that were are shut down, and each fault has its place`() async throws {
    let text = """
      pipeline: p
      stages:
        - { stage: lived, id: a, with: { diary: broken } }
        - stage: lived
          with: { diary: broken, fault: one.pem }
        - { stage: lived, id: b, with: { fault: two.pem } }
        - { stage: forward, with: { to: x } }
        - emit-chunks
      """
    let checked = try Fixture.loader().load(text: text, named: "p.yaml")
    let error = await #expect(throws: PipelineFileError.self) { try await checked.build(logger: logger) }
    #expect(
      error?.diagnostics.map(\.headline) == [
        "p.yaml:5:35: error: 'lived' cannot be built: No key in one.pem",
        "p.yaml:6:43: error: 'b' cannot be built: No key in two.pem",
      ])
    #expect(error?.diagnostics.first?.excerpt?.line == "    with: { diary: broken, fault: one.pem }")
    #expect(diary("broken") == ["a built", "a work over", "a shut down"])
  }

  @Test func `a stub can stand in for a stage`() async throws {
    let text = "pipeline: p\nstages: [{ stage: forward, with: { to: x } }, emit-chunks]\n"
    struct Stub: BackendStage {
      static let name = "stub"
      static let summary = "Answers."
      init(_ options: NoOptions, _ context: StageContext) {}
      init() {}
      func respond(to exchange: Exchange) async throws -> Response { Response(status: .accepted) }
    }
    let pipeline = try await Fixture.loader().load(text: text)
      .build(logger: logger, mayConnect: false, substitute: { $0.type.track == .backend ? Stub() : nil })
    #expect(await pipeline.run(Request(), id: "1", into: Head()).status == 202)
    #expect(pipeline.steps.map(\.id) == ["forward", "emit-chunks"])
    await pipeline.shutdown()
  }
}
