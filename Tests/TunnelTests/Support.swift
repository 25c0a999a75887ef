import HTTPTypes
import Logging
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import TelephoneTesting
import Tunnel

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A channel that keeps what is pushed, and can refuse it.
final class RecordingChannel: Protocol1Channel {
  struct Gone: Error {}

  struct Push: Sendable, Equatable {
    var event: String
    var payload: JSONValue
  }

  private struct State {
    var pushes: [Push] = []
    var isGone = false
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var pushes: [Push] { state.withLock { $0.pushes } }

  /// The payloads of the answers to requests.
  var payloads: [JSONValue] { pushes.filter { $0.event == "proxy_res" }.map(\.payload) }

  func refusePushes() { state.withLock { $0.isGone = true } }

  func push(_ event: String, _ payload: JSONValue) async throws {
    try Task.checkCancellation()
    // As it comes out of the wire.
    let payload = try JSONValue(parsing: payload.text)
    let due = try state.withLock { state in
      guard !state.isGone else { throw Gone() }
      state.pushes.append(Push(event: event, payload: payload))
      let due = state.watchers.filter { $0.count <= state.pushes.count }
      state.watchers.removeAll { $0.count <= state.pushes.count }
      return due
    }
    for watcher in due { watcher.continuation.resume() }
  }

  /// Waits until so much was pushed.
  func pushes(_ count: Int) async -> [Push] {
    await withCheckedContinuation { continuation in
      let enough = state.withLock { state -> Bool in
        if state.pushes.count >= count { return true }
        state.watchers.append((count, continuation))
        return false
      }
      if enough { continuation.resume() }
    }
    return pushes
  }

  /// Waits until so many answers were pushed, and nothing else.
  func payloads(_ count: Int) async -> [JSONValue] { await pushes(count).map(\.payload) }
}

/// Notes how exchanges ended.
final class Outcomes: FinallyStage {
  static let name = "outcomes"
  static let summary = "Notes how exchanges ended."
  private let state = Mutex<[Outcome]>([])
  init() {}
  init(_ options: NoOptions, _ context: StageContext) {}

  var all: [Outcome] { state.withLock { $0 } }
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async { state.withLock { $0.append(outcome) } }
}

func pipeline(
  _ outcomes: Outcomes = Outcomes(), _ answer: @escaping @Sendable (Request) async throws -> Response
) throws -> Pipeline {
  try Pipeline(
    name: "test",
    steps: [
      PipelineStep(stage: ClosureBackend(answer)), PipelineStep(stage: PlainEmitter()), PipelineStep(stage: outcomes),
    ], logger: quiet)
}

/// A `proxy_req` with some members changed; `.missing` takes one away.
func proxyRequest(_ changes: [String: Change] = [:], id: String = "r1") -> JSONValue {
  var payload: [String: JSONValue] = [
    "request_id": .string(id), "method": "GET", "path": "/", "query_string": "", "headers": [:], "body": "",
  ]
  for (key, change) in changes {
    switch change {
    case .missing: payload[key] = nil
    case .value(let value): payload[key] = value
    }
  }
  return .object(payload)
}

enum Change: Sendable {
  case missing
  case value(JSONValue)
}

extension HTTPField.Name {
  /// A name that the test knows to be a token.
  static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .accept }
}

extension JSONValue {
  var headers: [String: JSONValue] { self["headers"]?.objectValue ?? [:] }
  var id: String? { self["request_id"]?.stringValue }
  var status: Int64? { self["status"]?.integerValue }
  /// The body, also of a chunked answer.
  var wholeBody: String {
    guard self["chunked"] == true else { return self["body"]?.stringValue ?? "" }
    return (self["chunks"]?.arrayValue ?? []).compactMap(\.stringValue).joined()
  }
}

/// Seeded: SplitMix64.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
