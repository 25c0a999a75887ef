package import Logging
package import PipelineFile
import Synchronization
import TelephoneKit

/// Runs tests, each with stages of its own.
package struct TestRunner: Sendable {
  /// How long one test may take in the world.
  package static let limit = Duration.seconds(30)

  let reader: any PipelineFileReader
  let updatesSnapshots: Bool
  let logger: Logger
  let clock: any Clock<Duration>

  /// - Parameters:
  ///   - reader: where snapshots are read.
  ///   - updatesSnapshots: whether snapshots that are missing or differ are written.
  ///   - clock: what ``limit`` is measured by.
  package init(
    reader: any PipelineFileReader = DiskFileReader(), updatesSnapshots: Bool = false, logger: Logger,
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.reader = reader
    self.updatesSnapshots = updatesSnapshots
    self.logger = logger
    self.clock = clock
  }

  /// Runs tests, so many at a time.
  /// - Returns: their results, in the order of the tests.
  package func run(_ tests: [PipelineTest], atOnce width: Int) async -> [TestResult] {
    await withTaskGroup(of: (Int, TestResult).self) { group in
      var waiting = tests.enumerated().makeIterator()
      for _ in 0..<max(width, 1) {
        guard let (index, test) = waiting.next() else { break }
        group.addTask { (index, await run(test)) }
      }
      var results: [TestResult?] = Array(repeating: nil, count: tests.count)
      for await (index, result) in group {
        results[index] = result
        if let (index, test) = waiting.next() { group.addTask { (index, await run(test)) } }
      }
      var update = SnapshotUpdate(Snapshots(reader: reader))
      return results.compactMap { result in
        guard var result else { return nil }
        if updatesSnapshots { update.settle(&result) }
        return result
      }
    }
  }

  /// Runs one test, and writes no snapshot. What it does to its stages no other test sees. A test whose stages wait for
  /// something that does not come is left behind.
  func run(_ test: PipelineTest) async -> TestResult {
    await withCheckedContinuation { continuation in
      let end = FirstResult(continuation)
      let work = Task { end.give(await runToItsEnd(test)) }
      let timer = Task {
        try await clock.sleep(for: Self.limit)
        var late = TestResult(test: test)
        late.diagnostics = [
          Diagnostic(
            .error, at: test.place,
            "the test did not end within \(Self.limit.text): a stage waits for something that does not come, or a pattern of "
              + "'matches' tries too many ways (such as ^(a+)+$)")
        ]
        end.give(late)
        work.cancel()
      }
      end.set(timer)
    }
  }

  private func runToItsEnd(_ test: PipelineTest) async -> TestResult {
    var result = TestResult(test: test)
    let elapsed = stopwatch(ContinuousClock())
    do {
      let rehearsal = try await Rehearsal(test.pipeline, test.plan, logger: logger)
      await run(test, in: rehearsal, &result)
      await rehearsal.shutdown()
    } catch let error as PipelineFileError {
      result.diagnostics = error.diagnostics
    } catch {
      result.diagnostics = [Diagnostic(.error, at: test.place, "the test was broken off: \(error)")]
    }
    result.duration = elapsed()
    return result
  }

  private func run(_ test: PipelineTest, in rehearsal: Rehearsal, _ result: inout TestResult) async {
    for step in test.steps {
      if let advance = step.advance { await rehearsal.advance(by: advance) }
      if let stub = step.stub { rehearsal.replaceStub(stub) }
      guard let request = step.request else { continue }
      for _ in 0..<step.times {
        let outcome = await rehearsal.send(request)
        result.coverage.note(outcome, of: test)
        guard let expectation = step.expectation else { continue }
        var judge = Judge(outcome, snapshots: updatesSnapshots ? nil : Snapshots(reader: reader))
        judge.judge(expectation)
        guard judge.failures.isEmpty else {
          result.failures = judge.failures
          result.failed = outcome
          return
        }
        if let claim = judge.claim { result.keep(claim) }
      }
    }
  }
}

/// Gives on the first result that comes.
private final class FirstResult: Sendable {
  private struct State {
    var continuation: CheckedContinuation<TestResult, Never>?
    var timer: Task<Void, any Error>?
  }

  private let state: Mutex<State>

  init(_ continuation: CheckedContinuation<TestResult, Never>) { state = Mutex(State(continuation: continuation)) }

  /// What is stopped when a result has come.
  func set(_ timer: Task<Void, any Error>) {
    let isOver = state.withLock { state in
      state.timer = timer
      return state.continuation == nil
    }
    if isOver { timer.cancel() }
  }

  func give(_ result: TestResult) {
    let (continuation, timer) = state.withLock { state in
      defer { state.continuation = nil }
      return (state.continuation, state.timer)
    }
    timer?.cancel()
    continuation?.resume(returning: result)
  }
}
