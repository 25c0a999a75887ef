import Foundation
import Logging
import PipelineFile
import Rehearsal
import StandardStages
import TelephoneKit

/// Simple tests of a pipeline, as `telephone test` runs them: each builds all stages, sends a request and compares.
enum RehearsalBench {
  static let count = 4000

  struct UnexpectedResult: Error {
    let test: String
  }

  /// How many a second, the best of some runs.
  static func casesPerSecond() async throws -> Double {
    let tests = (1...count).map {
      "  - { name: t\($0), request: { target: /a }, expect: { status: 200, decided-by: forward } }"
    }
    let text = """
      pipeline: bench
      stages:
        - limit-headers
        - { stage: limit-body, with: { max: 1MiB } }
        - normalize-path
        - { stage: verify-jwt, when: { path: /api/** }, with: { algorithms: [HS256], secret: not-a-secret-not-a-secret-1 } }
        - { stage: rate-limit, with: { rate: 100/s } }
        - { stage: forward, with: { to: "http://127.0.0.1:9" } }
        - emit-chunks
      tests:
      \(tests.joined(separator: "\n"))
      """
    let loader = PipelineLoader(
      registry: try StageRegistry(StandardStages.all), mode: .check, variables: { _ in nil })
    let suite = try TestSuite.load(of: loader.load(text: text), by: loader)
    let runner = TestRunner(logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    var best = 0.0
    for _ in 0..<5 {
      let began = ContinuousClock.now
      let results = await runner.run(suite.tests, atOnce: 2 * ProcessInfo.processInfo.activeProcessorCount)
      let took = (ContinuousClock.now - began).inSeconds
      if let bad = results.first(where: { !$0.hasPassed }) { throw UnexpectedResult(test: bad.test.name) }
      best = max(best, Double(count) / took)
    }
    return best
  }
}
