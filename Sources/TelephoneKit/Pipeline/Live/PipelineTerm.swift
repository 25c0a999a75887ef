import Synchronization

/// A pipeline for as long as exchanges begin with it, and then until the last of them has ended.
final class PipelineTerm: Sendable {
  let pipeline: Pipeline

  // Two for each exchange that runs, and one when none begins any more: so one operation at the end of an exchange counts
  // it and tells whether it was the last.
  private let count = Atomic(0)
  private let lastEnd: AsyncStream<Never>
  private let noteLastEnd: AsyncStream<Never>.Continuation

  init(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    (lastEnd, noteLastEnd) = AsyncStream.makeStream()
  }

  /// The exchanges that run.
  var running: Int { count.load(ordering: .relaxed) / 2 }

  /// An exchange begins. Not called after ``close()``.
  func enter() { count.add(2, ordering: .relaxed) }

  /// An exchange has ended.
  func leave() {
    if count.subtract(2, ordering: .acquiringAndReleasing).newValue == 1 { noteLastEnd.finish() }
  }

  /// No exchange begins any more. Called once.
  func close() {
    if count.add(1, ordering: .acquiringAndReleasing).newValue == 1 { noteLastEnd.finish() }
  }

  /// Returns when it is closed and the last exchange has ended. For one task, which nobody cancels.
  func end() async { for await _ in lastEnd {} }
}
