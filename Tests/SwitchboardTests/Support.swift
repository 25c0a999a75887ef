import Agent
import Backend
import Foundation
import HTTPWire
import KeySets
import Logging
import NIOCore
import PhoenixChannels
import StandardStages
import Switchboard
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import TokenVault

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

let secret = "a secret of the tests"

/// The time of day in these tests.
let now = Date(timeIntervalSince1970: 1_000_000)

func token(
  pathID: String = "p", secret: String = secret, issuedAt: Date = now, lifetime: Duration = .seconds(3600)
) throws -> String {
  try TokenIssuer(secret: secret).issue(
    subject: "s", pathID: pathID, id: "j", issuedAt: issuedAt, lifetime: lifetime)
}

/// Runs `body` with a switchboard on a free port.
func withSwitchboard(
  clock: any Clock<Duration> = ContinuousClock(), _ change: (inout SwitchboardSettings) -> Void = { _ in },
  _ body: (Switchboard) async throws -> Void
) async throws {
  var settings = SwitchboardSettings(secret: secret)
  settings.port = 0
  settings.startGrace = .zero
  settings.shutdownGrace = .zero
  change(&settings)
  let switchboard = try await Switchboard.start(settings, clock: clock, date: { now }, logger: quiet)
  do {
    try await body(switchboard)
  } catch {
    await switchboard.shutdown()
    throw error
  }
  await switchboard.shutdown()
}

/// Writes chunks of at most 1000 octets, wherever that cuts.
struct Emitting: EmitStage {
  static let name = "emitting"
  static let summary = "Writes the answer in pieces."
  init() {}
  init(_ options: NoOptions, _ context: StageContext) {}

  func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws {
    try await sink.head(response.status, response.fields)
    while var part = try await response.body.next() {
      while let chunk = part.readSlice(length: min(1000, part.readableBytes)), chunk.readableBytes > 0 {
        try await sink.write(chunk)
      }
    }
    try await sink.end(response.body.trailers)
  }
}

/// Runs `body` while an agent keeps its lines to a switchboard.
func withAgent(
  _ port: Int, lines: Int = 1, maxStreams: Int = 1024, backend: any Stage, _ body: () async throws -> Void
) async throws {
  var settings = AgentSettings(
    gateway: "ws://127.0.0.1:\(port)/telephone/websocket")
  settings.backoff = Backoff(initial: .zero, maximum: .zero)
  settings.lines = lines
  settings.maxStreams = maxStreams
  let pipeline = try Pipeline(
    name: "test", steps: [PipelineStep(stage: backend), PipelineStep(stage: Emitting())], logger: quiet)
  let vault = try await TokenVault.open(VaultSettings(token: try token(), trust: .off, store: nil), at: now)
  let agent = Agent(settings: settings, pipeline: LivePipeline(pipeline), vault: vault, date: { now }, logger: quiet)
  let running = Task { try await agent.run() }
  var failure: (any Error)?
  do { try await body() } catch { failure = error }
  await agent.stop()
  _ = await running.result
  if let failure { throw failure }
}

func withAgent(
  _ port: Int, _ answer: @escaping @Sendable (Request) async throws -> Response, _ body: () async throws -> Void
) async throws {
  try await withAgent(port, backend: ClosureBackend(answer), body)
}

/// Runs `body` with a stage that forwards to a backend that does what a script says on each connection.
func withForward(
  to script: @escaping @Sendable (RawConnection) async throws -> Void, _ body: (Forward) async throws -> Void
) async throws {
  let backend = try await RawServer.start(script)
  var options = Forward.Options()
  options.to = Origin(scheme: .http, host: "127.0.0.1", port: backend.port)
  // However slow the machine, nothing ends because of time.
  (options.connectTimeout, options.keepAlive) = (.seconds(600), .seconds(600))
  (options.firstByteTimeout, options.idleTimeout, options.totalTimeout) = (.none, .none, .none)
  let forward = try Forward(
    options, StageContext(id: "forward", clock: ManualClock(), logger: quiet))
  var failure: (any Error)?
  do { try await body(forward) } catch { failure = error }
  await forward.shutdown()
  await backend.stop()
  if let failure { throw failure }
}

/// Runs `body` with a switchboard, an agent that forwards, and a backend that does what a script says on each connection.
/// - Parameter clock: that of the switchboard.
func withHouse(
  clock: any Clock<Duration> = ContinuousClock(), _ change: (inout SwitchboardSettings) -> Void = { _ in },
  backend script: @escaping @Sendable (RawConnection) async throws -> Void,
  _ body: (Switchboard) async throws -> Void
) async throws {
  try await withForward(to: script) { forward in
    try await withSwitchboard(clock: clock, change) { switchboard in
      try await withAgent(switchboard.port, backend: forward) {
        try await switchboard.untilJoined()
        try await body(switchboard)
      }
    }
  }
}

extension Switchboard {
  /// Returns when so many telephones have joined.
  func untilJoined(_ count: Int = 1, _ pathID: String = "p") async throws {
    while joined[pathID, default: 0] != count {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}
