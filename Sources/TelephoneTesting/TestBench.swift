import Synchronization
import TelephoneKit

/// Sends requests through a pipeline and gathers what came of each.
final class TestBench: Sendable {
  let pipeline: Pipeline
  private let log: ExchangeLog
  private let count = Atomic(0)

  init(_ pipeline: Pipeline, log: ExchangeLog) {
    self.pipeline = pipeline
    self.log = log
  }

  func send(_ request: Request, into sink: RecordingSink) async -> ExchangeResult {
    let id = "test-\(count.add(1, ordering: .relaxed).newValue)"
    let recorder = TraceRecorder()
    let outcome = await pipeline.run(request, id: id, into: sink, trace: recorder)
    let entry = log.take(id)
    return ExchangeResult(
      outcome: outcome, trace: recorder.entries.filter { $0.stageName != Preparation.name },
      requestAtBackend: entry.requestAtBackend, values: entry.values, recording: sink.recording)
  }
}
