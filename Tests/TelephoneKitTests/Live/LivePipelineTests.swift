import Foundation
import TelephoneKit
import TelephoneTesting
import Testing

/// A pipeline that another takes the place of while exchanges run.
@Suite(.timeLimit(.minutes(1)))
struct LivePipelineTests {
  private struct Unmade: Error {}

  private let diary = Diary()
  private let gate = Gate()

  /// Answers with its name, to requests for `/wait` when the gate lets them on; notes its end.
  private func pipeline(_ name: String) throws -> Pipeline {
    try Line([
      PipelineStep(id: "end-of-\(name)", stage: StageLifeTests.Mortal { diary.note("\(name) ended") }),
      .backend { exchange in
        if exchange.request.target == "/wait" { try await gate.enter() }
        return Response(text: name)
      },
      .finally { _, _ in diary.note("exchange on \(name)") },
    ]).pipeline
  }

  private func send(_ live: LivePipeline, _ target: String = "/") async -> String {
    let sink = RecordingSink()
    _ = await live.run(Request(target: target), id: "1", into: sink)
    return sink.recording.text
  }

  /// Begins an exchange that waits at the gate.
  private func hold(_ live: LivePipeline, count: Int = 1) async -> Task<String, Never> {
    let held = Task { await send(live, "/wait") }
    await gate.waiting(count)
    return held
  }

  @Test func `an exchange ends on the pipeline that it began with, and that ends after it`() async throws {
    let live = LivePipeline(try pipeline("a"))
    let held = await hold(live)
    let new = try pipeline("b")
    let swap = try await live.swap { _ in new }
    #expect(swap.name == "test" && swap.stages == 4 && swap.kept == 0)
    #expect(await send(live) == "b")
    #expect(live.report.replaced == 1 && live.report.exchangesOnReplaced == 1)
    #expect(diary.notes == ["exchange on b"])
    gate.open()
    #expect(await held.value == "a")
    await live.shutdown()
    let notes = diary.notes
    #expect(Array(notes.prefix(2)) == ["exchange on b", "exchange on a"])
    #expect(Set(notes.dropFirst(2)) == ["a ended", "b ended"] && notes.count == 4)
    #expect(live.report.replaced == 0)
  }

  @Test func `a pipeline without exchanges ends as soon as it is replaced`() async throws {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let live = LivePipeline(
      try Line([PipelineStep(stage: StageLifeTests.Mortal { end.yield() }), .backend { _ in Response() }]).pipeline)
    let new = try pipeline("b")
    try await live.swap { _ in new }
    for await _ in ends { break }
    await live.shutdown()
  }

  @Test func `a swap that fails changes nothing, and is counted`() async throws {
    let date = Date(timeIntervalSince1970: 7)
    let live = LivePipeline(try pipeline("a"), date: { date })
    #expect(live.report.last == nil)
    await #expect(throws: Unmade.self) { try await live.swap { _ in throw Unmade() } }
    #expect(await send(live) == "a")
    #expect(diary.notes == ["exchange on a"])
    let report = live.report
    #expect(report.swaps == 0 && report.failures == 1 && report.replaced == 0)
    #expect(report.last?.hasSucceeded == false && report.last?.at == date)
    await live.shutdown()
  }

  @Test func `no more are replaced than may be there at once, until one of them has ended`() async throws {
    let live = LivePipeline(try pipeline("a"), mostReplaced: 2)
    let first = await hold(live, count: 1)
    for (index, name) in ["b", "c"].enumerated() {
      let new = try pipeline(name)
      try await live.swap { _ in new }
      if index == 0 { _ = await hold(live, count: 2) }
    }
    #expect(!live.hasRoom && live.report.replaced == 2)
    await #expect(throws: SwapFault.tooManyReplaced(2)) {
      try await live.swap { _ in
        Issue.record("there is no room, so nothing is built")
        throw Unmade()
      }
    }
    #expect(await send(live) == "c")
    gate.admit()
    #expect(await first.value == "a")
    while !live.hasRoom { await Task.yield() }
    let new = try pipeline("d")
    try await live.swap { _ in new }
    #expect(await send(live) == "d")
    gate.open()
    await live.shutdown()
  }

  @Test func `swaps wait for each other, in the order in which they came`() async throws {
    let live = LivePipeline(try pipeline("a"))
    let making = Gate()
    let seen = Diary()
    let (b, c) = (try pipeline("b"), try pipeline("c"))
    let first = Task {
      try await live.swap { current in
        seen.note("b from \(await name(of: current))")
        try await making.enter()
        return b
      }
    }
    await making.waiting(1)
    let second = Task {
      try await live.swap { current in
        seen.note("c from \(await name(of: current))")
        return c
      }
    }
    #expect(await send(live) == "a")
    making.open()
    _ = try await (first.value, second.value)
    #expect(seen.notes == ["b from a", "c from b"])
    #expect(await send(live) == "c")
    #expect(live.report.swaps == 2)
    await live.shutdown()
  }

  private func name(of pipeline: Pipeline) async -> String {
    let sink = RecordingSink()
    _ = await pipeline.run(Request(), id: "name", into: sink)
    return sink.recording.text
  }

  @Test func `a shutdown ends a swap that is under way, and what it has built`() async throws {
    let live = LivePipeline(try pipeline("a"))
    let making = Gate()
    let new = try pipeline("b")
    let swap = Task {
      try await live.swap { _ in
        // It is cancelled here, and goes on all the same.
        try? await making.enter()
        return new
      }
    }
    await making.waiting(1)
    await live.shutdown()
    await #expect(throws: SwapFault.isOver) { try await swap.value }
    #expect(Set(diary.notes) == ["a ended", "b ended"] && diary.notes.count == 2)
    await #expect(throws: SwapFault.isOver) { try await live.swap { $0 } }
    await live.shutdown()
    #expect(diary.notes.count == 2)
  }

  @Test func `a shutdown waits for the exchanges of every pipeline`() async throws {
    let live = LivePipeline(try pipeline("a"))
    let held = await hold(live, count: 1)
    let new = try pipeline("b")
    try await live.swap { _ in new }
    let other = await hold(live, count: 2)
    let end = Task {
      await live.shutdown()
      diary.note("over")
    }
    gate.open()
    _ = await (held.value, other.value)
    await end.value
    #expect(diary.notes.last == "over" && diary.notes.count == 5)
  }

  @Test func `who is interested hears of a pipeline before exchanges begin with it`() async throws {
    let live = LivePipeline(try pipeline("a"))
    live.onSwap { [diary] in diary.note("first step \($0.steps[0].id)") }
    let new = try pipeline("b")
    try await live.swap { _ in new }
    #expect(await send(live) == "b")
    #expect(
      diary.notes.filter { !$0.hasSuffix("ended") } == ["first step end-of-a", "first step end-of-b", "exchange on b"])
    await live.shutdown()
  }

  @Test func `many exchanges and many swaps at once: each exchange ends, and each pipeline once`() async throws {
    let (ends, late) = (Diary(), Diary())
    @Sendable func pipeline(_ number: Int) throws -> Pipeline {
      let end = Diary()
      return try Line([
        PipelineStep(
          stage: StageLifeTests.Mortal {
            end.note("over")
            ends.note("\(number)")
          }),
        .backend { _ in
          await Task.yield()
          if !end.notes.isEmpty { late.note("an exchange on \(number)") }
          return Response(text: "ok")
        },
      ]).pipeline
    }
    let live = LivePipeline(try pipeline(0), mostReplaced: 1000)
    await withDiscardingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<500 { #expect(await send(live) == "ok") } }
      }
      group.addTask {
        for number in 1...100 { _ = try? await live.swap { _ in try pipeline(number) } }
      }
    }
    await live.shutdown()
    #expect(late.notes == [])
    #expect(ends.notes.sorted() == (0...100).map(String.init).sorted())
    #expect(live.report.swaps == 100)
  }
}
