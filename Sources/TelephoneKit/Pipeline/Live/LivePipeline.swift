package import Foundation
import Synchronization

/// The pipeline that exchanges begin with. Another can take its place while they run: each ends on the pipeline that it
/// began with, and a pipeline is shut down when no exchange begins with it any more and the last one has ended.
///
/// What this costs an exchange is one lock that is held for a few instructions, and one atomic subtraction.
///
/// An open WebSocket is an exchange, and may hold its pipeline for hours. So that replaced pipelines do not pile up, there
/// are at most so many at once; then no other takes the place of the last until one has ended. What a pipeline shares with
/// its successor is there only once.
package final class LivePipeline: Sendable {
  private struct State {
    var current: PipelineTerm
    /// Those that were replaced, and end when their last exchange does.
    var replaced: [ObjectIdentifier: (term: PipelineTerm, end: Task<Void, Never>)] = [:]
    var report = SwapReport()
    var lastSwap: Task<SwapReport.Swap, any Error>?
    var announce: [@Sendable (Pipeline) -> Void] = []
    var isOver = false
  }

  /// What exchanges tell the time by.
  package let clock: any Clock<Duration>
  private let mostReplaced: Int
  private let date: @Sendable () -> Date
  private let state: Mutex<State>

  /// - Parameters:
  ///   - pipeline: belongs to this one from now on.
  ///   - mostReplaced: how many that were replaced there may be at once. Default: 8.
  ///   - date: the time of day, for the report.
  package init(
    _ pipeline: Pipeline, mostReplaced: Int = 8, date: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.clock = pipeline.clock
    self.mostReplaced = mostReplaced
    self.date = date
    self.state = Mutex(State(current: PipelineTerm(pipeline)))
  }

  /// The one that exchanges begin with now.
  package var current: Pipeline { state.withLock { $0.current.pipeline } }

  /// Whether another pipeline can take the place of the current one.
  package var hasRoom: Bool { state.withLock { !$0.isOver && $0.replaced.count < mostReplaced } }

  package var report: SwapReport {
    state.withLock { state in
      var report = state.report
      report.replaced = state.replaced.count
      report.exchangesOnReplaced = state.replaced.values.reduce(0) { $0 + $1.term.running }
      return report
    }
  }

  /// Called with the current pipeline, and with each that takes the place of another, before an exchange begins with it. It
  /// must not wait, nor call this.
  package func onSwap(_ work: @escaping @Sendable (Pipeline) -> Void) {
    state.withLock { state in
      state.announce.append(work)
      work(state.current.pipeline)
    }
  }

  /// Runs one exchange on the current pipeline, see ``Pipeline``. Those who observe exchanges are told of it, and its request
  /// gets a `traceparent`, if it has none.
  /// - Parameters:
  ///   - watch: `nil`: nobody observes.
  ///   - protocolVersion: of the line that the request came by.
  package func run(
    _ request: consuming Request, id: String, into sink: any Sink, trace: TraceRecorder? = nil,
    on executor: (any TaskExecutor)? = nil, watch: ExchangeWatch? = nil, protocolVersion: Int? = nil
  ) async -> Outcome {
    let term = state.withLock { state in
      state.current.enter()
      return state.current
    }
    let run = PipelineRun(
      request, id: id, through: term.pipeline, into: sink, trace: trace, on: executor, watch: watch,
      protocolVersion: protocolVersion)
    let outcome = await run.run()
    term.leave()
    return outcome
  }

  /// Puts another pipeline in the place of the current one. Swaps wait for each other.
  /// - Parameter make: given the current one, which it may share stages with. If it throws, all stays as it is.
  /// - Throws: what `make` throws; ``SwapFault``. A pipeline that was made for nothing is shut down.
  @discardableResult
  package func swap(
    _ make: @escaping @Sendable (Pipeline) async throws -> Pipeline
  ) async throws -> SwapReport.Swap {
    let swap = state.withLock { state in
      let swap = Task { [self, before = state.lastSwap] in
        _ = await before?.result
        return try await swapNow(make)
      }
      state.lastSwap = swap
      return swap
    }
    return try await withTaskCancellationHandler {
      try await swap.value
    } onCancel: {
      swap.cancel()
    }
  }

  private func swapNow(_ make: (Pipeline) async throws -> Pipeline) async throws -> SwapReport.Swap {
    do {
      let old = try place()
      let new = try await make(old)
      try await install(new)
      let swap = SwapReport.Swap(name: new.name, stages: new.steps.count, kept: new.sharedStages(with: old))
      state.withLock { $0.report.note(date(), hasSucceeded: true) }
      return swap
    } catch {
      state.withLock { $0.report.note(date(), hasSucceeded: false) }
      throw error
    }
  }

  /// The current pipeline, if another may take its place.
  private func place() throws(SwapFault) -> Pipeline {
    try state.withLock { state throws(SwapFault) in
      guard !state.isOver else { throw .isOver }
      guard state.replaced.count < mostReplaced else { throw .tooManyReplaced(state.replaced.count) }
      return state.current.pipeline
    }
  }

  private func install(_ pipeline: Pipeline) async throws(SwapFault) {
    let isInstalled = state.withLock { state in
      guard !state.isOver else { return false }
      for announce in state.announce { announce(pipeline) }
      retire(&state)
      state.current = PipelineTerm(pipeline)
      return true
    }
    guard !isInstalled else { return }
    await pipeline.shutdown()
    throw .isOver
  }

  /// The current pipeline ends when its last exchange does.
  private func retire(_ state: inout State) {
    let term = state.current
    let end = Task {
      await term.end()
      await term.pipeline.shutdown()
      self.state.withLock { $0.replaced[ObjectIdentifier(term)] = nil }
    }
    state.replaced[ObjectIdentifier(term)] = (term, end)
    term.close()
  }

  /// Lets a swap that is under way fail, and returns when every exchange has ended and every pipeline is shut down. No
  /// exchange begins after this call.
  package func shutdown() async {
    let (isFirst, lastSwap) = state.withLock { state in
      defer { state.isOver = true }
      return (!state.isOver, state.lastSwap)
    }
    lastSwap?.cancel()
    _ = await lastSwap?.result
    let ends = state.withLock { state in
      if isFirst { retire(&state) }
      return state.replaced.values.map(\.end)
    }
    for end in ends { await end.value }
  }
}

/// Why a pipeline does not take the place of another.
package enum SwapFault: Error, Equatable {
  /// All is being shut down.
  case isOver
  /// So many that were replaced still have exchanges.
  case tooManyReplaced(Int)
}
