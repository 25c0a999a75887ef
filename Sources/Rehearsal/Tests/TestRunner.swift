package import Logging
package import PipelineFile
import TelephoneKit

/// What came of one test.
package struct TestResult: Sendable {
  package var test: PipelineTest
  /// All that did not come as expected; the test ends at the first request that has one.
  package var failures: [TestFailure] = []
  /// The request that the failures are about, and what came of it.
  package var failed: RehearsalResult?
  /// What could not be built.
  package var diagnostics: [Diagnostic] = []
  package var coverage = Coverage()
  package var duration = Duration.zero

  package var hasPassed: Bool { failures.isEmpty && diagnostics.isEmpty }
}

/// Runs tests, each with stages of its own.
package struct TestRunner: Sendable {
  let reader: any PipelineFileReader
  let updatesSnapshots: Bool
  let logger: Logger

  /// - Parameters:
  ///   - reader: where snapshots are read.
  ///   - updatesSnapshots: whether snapshots that are missing or differ are written.
  package init(reader: any PipelineFileReader = DiskFileReader(), updatesSnapshots: Bool = false, logger: Logger) {
    self.reader = reader
    self.updatesSnapshots = updatesSnapshots
    self.logger = logger
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
      return results.compactMap { $0 }
    }
  }

  /// Runs one test. What it does to its stages no other test sees.
  package func run(_ test: PipelineTest) async -> TestResult {
    var result = TestResult(test: test)
    let elapsed = stopwatch(ContinuousClock())
    defer { result.duration = elapsed() }
    do {
      let rehearsal = try await Rehearsal(test.pipeline, test.plan, logger: logger)
      await run(test, in: rehearsal, &result)
      await rehearsal.shutdown()
    } catch let error as PipelineFileError {
      result.diagnostics = error.diagnostics
    } catch {
      result.diagnostics = [Diagnostic(.error, at: test.place, "the test was broken off: \(error)")]
    }
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
        var judge = Judge(outcome, snapshots: Snapshots(reader: reader, updates: updatesSnapshots))
        judge.judge(expectation)
        guard judge.failures.isEmpty else {
          result.failures = judge.failures
          result.failed = outcome
          return
        }
      }
    }
  }
}
