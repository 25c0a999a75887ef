import Foundation
import HTTPTypes
import Logging
import PipelineFile
import Rehearsal
import StandardStages
import Synchronization
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

/// Waits on the exchange's clock before the request goes on.
struct WaitABit: RequestStage {
  struct Options: StageOptions {
    @Option(help: "How long.") var time = Duration.seconds(1)
  }

  static let name = "wait-a-bit"
  static let summary = "Waits."
  private let time: Duration

  init(_ options: Options, _ context: StageContext) { time = options.time }

  func process(_ exchange: Exchange) async throws -> Decision {
    try await exchange.clock.sleep(for: time)
    return .proceed
  }
}

/// Gives the backend so much time, as a stage might that wraps the answer's body.
struct LimitPause: ResponseStage {
  struct Options: StageOptions {
    @Option(help: "How long.") var time = Duration.seconds(3)
  }

  static let name = "limit-pause"
  static let summary = "Breaks an answer off that pauses for too long."
  private let time: Duration

  init(_ options: Options, _ context: StageContext) { time = options.time }

  func process(_ response: inout Response, of exchange: Exchange) async throws {
    response.body = Body(source: Limited(inner: response.body, clock: exchange.clock, time: time))
  }

  private struct Limited: BodySource {
    let inner: Body
    let clock: any Clock<Duration>
    let time: Duration

    func read() async throws -> BodyPart {
      try await withThrowingTaskGroup(of: BodyPart.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          guard let bytes = try await inner.next() else { return .end(trailers: inner.trailers) }
          return .bytes(bytes)
        }
        group.addTask {
          try await clock.sleep(for: time)
          throw Failure(status: .gatewayTimeout, code: "paused-too-long", "The backend paused for too long.")
        }
        return try await group.next() ?? .end(trailers: nil)
      }
    }
  }
}

/// Counts in the background, once a second, as long as the pipeline lives.
final class CountSeconds: RequestStage {
  static let name = "count-seconds"
  static let summary = "Counts."
  private let seconds = Atomic(0)

  init(_ options: NoOptions, _ context: StageContext) {
    let clock = context.clock
    context.background { [weak self] in
      while (try? await clock.sleep(for: .seconds(1))) != nil { self?.seconds.add(1, ordering: .relaxed) }
    }
  }

  func process(_ exchange: Exchange) async throws -> Decision {
    .answer(Response(text: "\(seconds.load(ordering: .relaxed))"))
  }
}
