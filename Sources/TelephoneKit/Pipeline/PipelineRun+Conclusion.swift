import Logging
import Synchronization

extension PipelineRun {
  /// How long `finally` stages may take, together.
  static let conclusionLimit = Duration.seconds(5)

  /// Whether anybody wants to know how the exchange has ended.
  var hasConclusions: Bool { !exchange.conclusions.isEmpty || !pipeline.finallySteps.isEmpty }

  /// What is told is what was known before: stages that are left behind may still use the exchange.
  func reportAndConclude(_ outcome: Outcome) async {
    let report = report(of: outcome)
    await conclude(outcome)
    tell(report)
  }

  /// What was registered for the end and the `finally` stages, in a task that nobody cancels but the limit.
  ///
  /// It begins on the spot. Only if it has to wait for something does a timer watch over it.
  func conclude(_ outcome: Outcome) async {
    let end = ConclusionEnd()
    // The way is at its end: from now on nobody but this task touches the exchange.
    nonisolated(unsafe) let run = self
    let work = Task.immediate(executorPreference: executor) {
      await run.finallyTrack(outcome)
      end.come(inTime: true)
    }
    if end.hasCome { return }
    let timer = Task(executorPreference: executor) { [clock = pipeline.clock] in
      try await clock.sleep(for: PipelineRun.conclusionLimit)
      work.cancel()
      try await clock.sleep(for: .seconds(1))
      end.come(inTime: false)
    }
    defer { timer.cancel() }
    if await !end.wait() {
      pipeline.logger.warning(
        "finally stages took too long and were left behind", metadata: ["exchange": "\(exchange.id)"])
    }
  }

  private func finallyTrack(_ outcome: Outcome) async {
    for conclusion in exchange.conclusions { await conclusion(outcome) }
    for step in pipeline.finallySteps where begins(step, .finally) {
      let span = trace?.begin(exchange, condition: step.condition)
      await step.stage.conclude(exchange, outcome)
      span?.end(step, .finally, .passed, exchange)
    }
  }
}

/// The end of a conclusion: its own, or that of the time it had, whichever comes first.
private final class ConclusionEnd: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Bool, Never>)
    case come(inTime: Bool)
  }

  private let state = Mutex(State.open)

  var hasCome: Bool { state.withLock { if case .come = $0 { true } else { false } } }

  func come(inTime: Bool) {
    let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      switch state {
      case .open:
        state = .come(inTime: inTime)
        return nil
      case .awaited(let waiter):
        state = .come(inTime: inTime)
        return waiter
      case .come: return nil
      }
    }
    waiter?.resume(returning: inTime)
  }

  /// Waits also in a task that is cancelled.
  /// - Returns: whether it came in time.
  func wait() async -> Bool {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Bool? in
        if case .come(let inTime) = state { return inTime }
        state = .awaited(continuation)
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
