import Foundation
import HTTPTypes
import Logging
import NIOCore
import Synchronization
import TelephoneKit

@testable import StandardStages

/// Runs stages inside a pipeline, with a stub for what is not under test.
struct Harness {
  var request: [PipelineStep] = []
  var backend = StubBackend()
  var backendStep: PipelineStep?
  var emit: PipelineStep?
  var clock: any Clock<Duration> = ManualClock()

  /// The date is ``Tokens/now``.
  static func context(
    _ id: String = "stage", clock: any Clock<Duration> = ManualClock(), directory: String = ".", mayConnect: Bool = true
  ) -> StageContext {
    StageContext(
      id: id, clock: clock, date: { Date(timeIntervalSince1970: Double(Tokens.now)) },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, directory: directory, mayConnect: mayConnect)
  }

  func pipeline() throws -> Pipeline {
    let emitter = EmitChunks(EmitChunks.Options(), Self.context())
    return try Pipeline(
      name: "test",
      steps: request + [backendStep ?? PipelineStep(stage: backend), emit ?? PipelineStep(stage: emitter)],
      clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func run(_ request: Request, trace: TraceRecorder? = nil) async throws -> Ran {
    let pipeline = try pipeline()
    let sink = RecordingSink()
    let outcome = await pipeline.run(request, id: "1", into: sink, trace: trace)
    await pipeline.shutdown()
    return Ran(outcome: outcome, answer: sink.answer)
  }
}

/// What came of a run.
struct Ran {
  var outcome: Outcome
  var answer: RecordingSink.Answer

  var status: Int? { answer.status?.code }
  /// The code of the refusal or failure.
  var code: String? { outcome.code }
  var text: String { String(buffer: answer.body) }
}

/// A sink that keeps what it is given.
final class RecordingSink: Sink {
  struct Answer: Sendable {
    var status: HTTPResponse.Status?
    var fields: HTTPFields = [:]
    var chunks: [ByteBuffer] = []
    var trailers: HTTPFields?
    var isWhole = false
    var isAborted = false

    var body: ByteBuffer { chunks.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) } }
  }

  private let state = Mutex(Answer())
  private let onWrite: (@Sendable (ByteBuffer) -> Void)?

  init(onWrite: (@Sendable (ByteBuffer) -> Void)? = nil) { self.onWrite = onWrite }

  var answer: Answer { state.withLock { $0 } }

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {}

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    state.withLock {
      $0.status = status
      $0.fields = fields
    }
  }

  func write(_ chunk: ByteBuffer) async throws {
    state.withLock { $0.chunks.append(chunk) }
    onWrite?(chunk)
  }

  func end(_ trailers: HTTPFields?) async throws {
    state.withLock {
      $0.trailers = trailers
      $0.isWhole = true
    }
  }

  func abort(_ error: any Error) async { state.withLock { $0.isAborted = true } }
}

/// A backend that reads the request's body, keeps the request, and gives a fixed answer.
final class StubBackend: BackendStage {
  static let name = "stub"
  static let summary = "Answers 200."

  private let seen = Mutex<(request: Request, body: String, claims: Claims?)?>(nil)
  private let answer: @Sendable () -> Response

  init(_ answer: @escaping @Sendable () -> Response = { Response(text: "ok") }) { self.answer = answer }

  convenience init(_ options: NoOptions, _ context: StageContext) async throws { self.init() }

  var request: Request? { seen.withLock { $0?.request } }
  var body: String? { seen.withLock { $0?.body } }
  var claims: Claims? { seen.withLock { $0?.claims } }

  func respond(to exchange: Exchange) async throws -> Response {
    let body = String(buffer: try await exchange.request.body.collect(upTo: 1 << 24))
    let (request, claims) = (exchange.request, exchange.values[Claims.self])
    seen.withLock { $0 = (request, body, claims) }
    return answer()
  }
}

/// A body of given parts, whose length is not known, and which tells whether it was closed.
final class PartsBody: BodySource {
  private let parts: Mutex<[ByteBuffer]>
  private let trailers: HTTPFields?
  private let error: (any Error)?
  private let closed = Mutex(false)

  init(_ parts: [String], trailers: HTTPFields? = nil, error: (any Error)? = nil) {
    self.parts = Mutex(parts.map { ByteBuffer(string: $0) })
    self.trailers = trailers
    self.error = error
  }

  var isClosed: Bool { closed.withLock { $0 } }

  func read() async throws -> BodyPart {
    let next = parts.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let next { return .bytes(next) }
    if let error { throw error }
    return .end(trailers: trailers)
  }

  func close() async { closed.withLock { $0 = true } }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Runs `body` with a new folder, and removes it.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("telephone-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

/// The options of a stage as a file would give them.
func options<S: Stage>(of stage: S.Type, _ input: OptionInput = [:]) throws -> S.Options {
  try S.Options(reading: input)
}

/// The sentences of what is wrong with options.
func problems<S: Stage>(of stage: S.Type, _ input: OptionInput) -> [String] {
  do {
    _ = try S.Options(reading: input)
    return []
  } catch {
    return (error as? OptionProblems)?.problems.map(\.sentence) ?? [String(describing: error)]
  }
}
