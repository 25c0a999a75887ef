package import PipelineFile

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
  /// What is to be written into snapshots if all else is well.
  var claims: [SnapshotClaim] = []

  package var hasPassed: Bool { failures.isEmpty && diagnostics.isEmpty }
}
