import Synchronization

/// Notes what each step of one exchange does. One recorder serves one exchange.
public final class TraceRecorder: Sendable {
  private let noted = Mutex<[TraceEntry]>([])
  private let onEntry: (@Sendable (TraceEntry) -> Void)?

  /// - Parameter onEntry: called with each entry as it happens.
  public init(onEntry: (@Sendable (TraceEntry) -> Void)? = nil) { self.onEntry = onEntry }

  /// The entries so far, in the order of time.
  public var entries: [TraceEntry] { noted.withLock { $0 } }

  func note(_ entry: TraceEntry) {
    noted.withLock { $0.append(entry) }
    onEntry?(entry)
  }

  // This and what follows is not inlined: the frame of an exchange without a trace would keep room for it.
  @inline(never)
  func begin(
    _ exchange: Exchange, _ response: Response? = nil, condition: (any Condition)? = nil
  ) -> TraceSpan {
    TraceSpan(
      recorder: self, before: HeadSnapshot(request: exchange.request, response: response),
      condition: condition?.explanation(exchange), elapsed: stopwatch(exchange.clock),
      realElapsed: stopwatch(ContinuousClock()))
  }

  @inline(never)
  func skip<S>(_ step: TrackStep<S>, _ track: Track, _ condition: any Condition, _ exchange: Exchange) {
    note(
      TraceEntry(
        step: step.id, stageName: step.stageName, track: track, place: step.place,
        verdict: .skipped(exchange.redaction.shown(condition.description)), changes: [], elapsed: .zero,
        condition: condition.explanation(exchange)))
  }
}

/// The turn of one step while it lasts.
final class TraceSpan {
  private let recorder: TraceRecorder
  private let before: HeadSnapshot
  private let condition: ConditionExplanation?
  private let elapsed: () -> Duration
  private let realElapsed: () -> Duration

  init(
    recorder: TraceRecorder, before: HeadSnapshot, condition: ConditionExplanation?,
    elapsed: @escaping () -> Duration, realElapsed: @escaping () -> Duration
  ) {
    self.recorder = recorder
    self.before = before
    self.condition = condition
    self.elapsed = elapsed
    self.realElapsed = realElapsed
  }

  @inline(never)
  func end<S>(
    _ step: TrackStep<S>, _ track: Track, _ verdict: TraceEntry.Verdict, _ exchange: Exchange,
    _ response: Response? = nil
  ) {
    let (elapsed, realElapsed) = (elapsed(), realElapsed())
    recorder.note(
      TraceEntry(
        step: step.id, stageName: step.stageName, track: track, place: step.place, verdict: verdict,
        changes: changes(exchange, response), elapsed: elapsed, realElapsed: realElapsed, condition: condition))
  }

  @inline(never)
  func end<S>(
    _ step: TrackStep<S>, _ track: Track, failed error: any Error, _ exchange: Exchange, _ response: Response? = nil
  ) {
    end(step, track, TraceEntry.Verdict(error), exchange, response)
  }

  @inline(never)
  func end(hookOf step: String, failed error: any Error, _ exchange: Exchange, _ response: Response) {
    end(hookOf: step, TraceEntry.Verdict(error), exchange, response)
  }

  @inline(never)
  func end(hookOf step: String, _ verdict: TraceEntry.Verdict, _ exchange: Exchange, _ response: Response) {
    let (elapsed, realElapsed) = (elapsed(), realElapsed())
    let owner = recorder.entries.first { $0.step == step }
    recorder.note(
      TraceEntry(
        step: step, stageName: owner?.stageName ?? step, track: .response, place: owner?.place, isHook: true,
        verdict: verdict, changes: changes(exchange, response), elapsed: elapsed, realElapsed: realElapsed))
  }

  private func changes(_ exchange: Exchange, _ response: Response?) -> [TraceEntry.Change] {
    before.changes(
      to: HeadSnapshot(request: exchange.request, response: response), hiding: exchange.redaction)
  }
}
