import HTTPTypes
import Logging
import Synchronization
import TelephoneKit
import TelephoneTesting

/// A pipeline of a few steps, and what comes of a request that is sent through it.
struct Line: Sendable {
  struct Result: Sendable {
    var outcome: Outcome
    var trace: [TraceEntry]
    var recording: RecordingSink.Recording
  }

  let clock = ManualClock()
  let pipeline: Pipeline

  /// A plain emitter stands behind the response stages if there is none among the steps.
  init(_ steps: [PipelineStep], redaction: Redaction = Redaction(), logger: Logger = .silent) throws {
    var steps = steps
    if !steps.contains(where: { $0.stage is any EmitStage }) {
      let end = steps.firstIndex { $0.stage is any FinallyStage } ?? steps.endIndex
      steps.insert(.emit(), at: end)
    }
    pipeline = try Pipeline(name: "test", steps: steps, redaction: redaction, clock: clock, logger: logger)
  }

  init(_ steps: PipelineStep...) throws { try self.init(steps) }

  func send(_ request: Request = Request(), into sink: RecordingSink = RecordingSink()) async -> Result {
    let recorder = TraceRecorder()
    let outcome = await pipeline.run(request, id: "1", into: sink, trace: recorder)
    return Result(outcome: outcome, trace: recorder.entries, recording: sink.recording)
  }
}

extension Logger {
  static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// What happened, in the order of time.
final class Diary: Sendable {
  private let state = Mutex<[String]>([])

  var notes: [String] { state.withLock { $0 } }

  func note(_ text: String) { state.withLock { $0.append(text) } }
}

/// An error that knows no answer of its own.
struct Broken: Error, Equatable {
  var secret = "the password is swordfish"
}

extension Refusal {
  static let teapot = Refusal(status: .init(code: 418), code: "teapot", "Short and stout.")
}

extension HTTPField.Name {
  static let mark = HTTPField.Name("X-Mark") ?? .via
}
