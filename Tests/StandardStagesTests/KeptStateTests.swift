import HTTPTypes
import Logging
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import StandardStages

/// What the standard stages keep when a pipeline takes the place of another.
@Suite(.timeLimit(.minutes(1)))
struct KeptStateTests {
  private let clock = ManualClock()

  /// A pipeline with one stage, kept from another where it is the same.
  private func pipeline(_ name: String, _ options: OptionInput, keeping old: Pipeline? = nil) async throws -> Pipeline {
    let type = try #require(try StageRegistry(StandardStages.all)[name])
    let values = try type.options(from: options)
    let context = Harness.context(name, clock: clock)
    let built =
      if let kept = old?.share(type, values, context) { kept } else {
        try await BuiltStage.build(type, values, context)
      }
    let step = PipelineStep(built: built)
    return try (type.track == .backend ? Harness(backendStep: step) : Harness(request: [step], clock: clock)).pipeline()
  }

  private func status(_ live: LivePipeline) async -> Int? {
    await live.run(Request(clientAddress: "192.0.2.1"), id: "1", into: RecordingSink()).status
  }

  @Test func `rates go on where the options are the same, and begin anew where they are not`() async throws {
    let live = LivePipeline(try await pipeline("rate-limit", ["rate": "1/min", "burst": 2]))
    #expect(await [status(live), status(live), status(live)] == [200, 200, 429])
    let swap = try await live.swap { try await pipeline("rate-limit", ["rate": "1/min", "burst": 2], keeping: $0) }
    // The emitter of the harness is new each time.
    #expect(swap.kept == 1)
    #expect(await status(live) == 429)
    clock.advance(by: .seconds(60))
    #expect(await [status(live), status(live)] == [200, 429])
    try await live.swap { try await pipeline("rate-limit", ["rate": "2/min", "burst": 2], keeping: $0) }
    #expect(await status(live) == 200)
    await live.shutdown()
  }

  @Test func `a pool keeps its connections, and closes them with the last pipeline that uses it`() async throws {
    let connections = Mutex(0)
    let (closes, closed) = AsyncStream.makeStream(of: Void.self)
    try await RawServer.with(
      { connection in
        connections.withLock { $0 += 1 }
        while (try? await connection.read(until: "\r\n\r\n")) != nil {
          try? await connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        }
        closed.yield()
      },
      { server in
        let options: OptionInput = ["to": .init(.scalar("http://127.0.0.1:\(server.port)")), "keep-alive": "1h"]
        let live = LivePipeline(try await pipeline("forward", options))
        #expect(await status(live) == 204)
        try await live.swap { try await pipeline("forward", options, keeping: $0) }
        #expect(await status(live) == 204)
        #expect(connections.withLock { $0 } == 1)
        await live.shutdown()
        for await _ in closes { break }
        #expect(connections.withLock { $0 } == 1)
      })
  }
}
