import Foundation
import HTTPTypes
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

@testable import Agent

/// An agent whose pipeline is replaced while its line is up.
@Suite(.timeLimit(.minutes(1)))
struct SwapTests {
  private func pipeline(_ name: String) throws -> Pipeline {
    try Pipeline(
      name: name,
      steps: [
        PipelineStep(id: "backend-\(name)", stage: ClosureBackend { _ in Response(text: name) }),
        PipelineStep(stage: PlainEmitter()),
      ], logger: quiet)
  }

  @Test func `a line that is up serves the next request with the new pipeline`() async throws {
    let replaced = Reports<Void>()
    let answers = Reports<String>()
    try await Bench { _ in Response(text: "old") }.run { end in
      let join = try await end.join()
      try await end.ask("r1", join)
      answers.send(try await end.receive().json?["body"]?.stringValue ?? "")
      _ = await replaced.next()
      try await end.ask("r2", join)
      answers.send(try await end.receive().json?["body"]?.stringValue ?? "")
      try await end.serveToTheEnd()
    } _: { agent, _ in
      #expect(await answers.next() == "old")
      let new = try pipeline("new")
      try await agent.pipeline.swap { _ in new }
      await #expect(throws: CancellationError.self) { try await agent.pipeline.swap { _ in throw CancellationError() } }
      replaced.send(())
      #expect(await answers.next() == "new")
      while agent.metrics.values.ended.count < 2 { await Task.yield() }
      #expect(Set(agent.metrics.values.ended.map(\.labels.decidedBy)) == ["closure-backend", "backend-new"])

      let health = Health.Pipeline(agent.pipeline)
      #expect(health.name == "new" && health.swaps == 1 && health.failedSwaps == 1 && health.lastSwap == "failed")
      #expect(health.lastSwapAt != nil)
    }
  }

  @Test func `the metrics tell of swaps, and of what was replaced`() async throws {
    let gate = Gate()
    let held = try Pipeline(
      name: "held",
      steps: [
        PipelineStep(
          stage: ClosureBackend { _ in
            try await gate.enter()
            return Response()
          }), PipelineStep(stage: PlainEmitter()),
      ], logger: quiet)
    let live = LivePipeline(held, date: { now })
    #expect(page(live).contains("\ntelephone_pipeline_swaps_total{outcome=\"swapped\"} 0\n"))
    #expect(!page(live).contains("\ntelephone_pipeline_last_swap_successful "))
    let exchange = Task { await live.run(Request(), id: "1", into: RecordingSink()) }
    await gate.waiting(1)
    let new = try pipeline("new")
    try await live.swap { _ in new }
    for line in [
      "telephone_pipeline_swaps_total{outcome=\"swapped\"} 1", "telephone_pipeline_swaps_total{outcome=\"failed\"} 0",
      "telephone_pipeline_last_swap_successful 1", "telephone_pipeline_last_swap_timestamp_seconds 1000000",
      "telephone_replaced_pipelines 1", "telephone_replaced_pipeline_exchanges 1",
    ] {
      #expect(page(live).contains("\n\(line)\n"), "\(line)")
    }
    #expect(!page(live).contains("telephone_recordings_total"))
    var counts = RecordingCounts()
    counts.dropped = 3
    #expect(page(live, counts).contains("\ntelephone_recordings_total{outcome=\"dropped\"} 3\n"))
    gate.open()
    _ = await exchange.value
    await live.shutdown()
  }

  private func page(_ live: LivePipeline, _ recordings: RecordingCounts? = nil) -> String {
    MetricsPage(
      version: "0", now: now, startedAt: now, isReady: true, tokenExpiry: now, status: AgentStatus(),
      exchanges: ExchangeMetrics(steps: []).values, tunnel: TunnelCounters().values, pipelines: live.report,
      recordings: recordings, logLinesDropped: 0
    ).text
  }

  @Test func `ids of steps are told apart up to a number, whatever pipelines come`() async throws {
    let metrics = ExchangeMetrics(steps: ["first"])
    for number in 0..<1000 { metrics.know(["step-\(number)", "first"]) }
    let watch = ExchangeWatch([metrics])
    for id in ["first", "step-0", "step-510", "step-511", "step-999"] {
      let pipeline = try Pipeline(
        name: "p",
        steps: [PipelineStep(id: id, stage: ClosureBackend { _ in Response() }), PipelineStep(stage: PlainEmitter())],
        logger: quiet)
      _ = await LivePipeline(pipeline).run(Request(), id: "1", into: RecordingSink(), watch: watch)
    }
    let counts = Dictionary(uniqueKeysWithValues: metrics.values.ended.map { ($0.labels.decidedBy, $0.count) })
    #expect(counts == ["first": 1, "step-0": 1, "step-510": 1, "other": 2])
  }
}
