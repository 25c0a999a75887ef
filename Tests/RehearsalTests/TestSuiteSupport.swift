import Foundation
import NIOCore
import PipelineFile
import Rehearsal
import StandardStages
import TelephoneKit

/// Loads and runs tests that stand in a text.
struct Suite {
  /// Where each pipeline of these tests begins; what follows are its tests, from line 11 on.
  static let head = """
    pipeline: shop
    variables:
      BURST: { default: "2" }
      SECRET: { secret: true, example: not-a-secret-not-a-secret-not-a-secret-1 }
    stages:
      - normalize-path
      - { stage: verify-jwt, when: { path: /api/** }, with: { algorithms: [HS256], secret: "${SECRET}" } }
      - { stage: rate-limit, id: few, when: { path: /limited }, with: { rate: 6/min, burst: "${BURST}" } }
      - { stage: forward, with: { to: "http://127.0.0.1:9" } }
      - { stage: emit-chunks, with: { max-chunk: 16B } }

    """

  var files: [String: String] = [:]

  /// The suite of a pipeline file whose `tests` are these.
  func load(_ tests: String) throws -> TestSuite {
    var files = files
    files["shop.yaml"] = Self.head + tests
    let loader = try Support.loader(files: files)
    return try TestSuite.load(of: loader.load(path: "shop.yaml"), by: loader)
  }

  /// What is wrong with the tests; empty if they are good.
  func faults(_ tests: String) throws -> [Diagnostic] {
    do {
      return try load(tests).notes
    } catch let error as PipelineFileError {
      return error.diagnostics
    }
  }

  /// Runs them one by one.
  func run(_ tests: String) async throws -> [TestResult] {
    let runner = TestRunner(reader: MemoryFileReader(files), logger: Support.logger)
    return await runner.run(try load(tests).tests, atOnce: 2)
  }
}
