import Foundation
import Logging
import PipelineFile
import Rehearsal
import StandardStages
import TelephoneKit

/// Loads and builds what these tests rehearse.
enum Support {
  static let start = Date(timeIntervalSince1970: 1_767_225_600)
  static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  static func loader(
    stages: [any Stage.Type] = [], variables: [String: String] = [:], files: [String: String]? = nil
  ) throws -> PipelineLoader {
    PipelineLoader(
      registry: try StageRegistry(StandardStages.all + stages), mode: .check, variables: { variables[$0] },
      reader: files.map { MemoryFileReader($0) } ?? DiskFileReader())
  }

  /// A pipeline that forwards, with these steps before and after.
  static func checked(
    request: [String] = [], response: [String] = [], stages: [any Stage.Type] = []
  ) throws -> CheckedPipeline {
    let lines =
      request.map { "  - \($0)" } + ["  - { stage: forward, with: { to: \"http://127.0.0.1:9\" } }"]
      + response.map { "  - \($0)" } + ["  - { stage: emit-chunks, with: { max-chunk: 16B } }"]
    return try loader(stages: stages).load(text: "pipeline: test\nstages:\n" + lines.joined(separator: "\n"))
  }

  static func rehearsal(
    _ checked: CheckedPipeline, stub: StubPlan = StubPlan(), mocks: [String: StepMock] = [:]
  ) async throws -> Rehearsal {
    try await Rehearsal(checked, RehearsalPlan(backend: .stub(stub), mocks: mocks, start: start), logger: logger)
  }
}
