import Foundation
import TelephoneKit
import TokenVault

/// The fields of the Go program's health page (`status`, `connected`, `path_id`, `token_expiry`), and more; in JSON their
/// names have underscores. What is not known is left out.
struct Health: Encodable {
  var status: String
  var connected: Bool
  var pathId: String
  var tokenExpiry: String
  /// How long the token in force is still good, in seconds; 0 if it has expired.
  var tokenLifeLeftS: Int
  /// As `/ready` answers.
  var ready: Bool
  var startedAt: String
  var uptimeS: Int
  var phase: String
  var inFlight: Int
  var exchanges: Int
  var delivered: Int
  var refused: Int
  var abandoned: Int
  var failed: Int
  var pipeline: Pipeline
  var connections: Int
  var lastHeartbeat: String?
  var lastChannelHeartbeat: String?
  var roundTripMs: Double?
  var smoothedRoundTripMs: Double?
  var lastLoss: String?
  var lastLossCause: String?
  var lastLossAt: String?
  /// How often each cause made a line fail.
  var losses: [String: Int]?
  var lines: [Line]

  /// The pipeline that exchanges begin with, and those before it.
  struct Pipeline: Encodable {
    var name: String
    var swaps: Int
    var failedSwaps: Int
    /// What came of the last attempt, `swapped` or `failed`, and when.
    var lastSwap: String?
    var lastSwapAt: String?
    /// Those that were replaced and have not ended, and their exchanges.
    var replaced: Int
    var exchangesOnReplaced: Int

    init(_ live: LivePipeline) {
      let report = live.report
      name = live.current.name
      swaps = report.swaps
      failedSwaps = report.failures
      lastSwap = report.last.map { $0.hasSucceeded ? "swapped" : "failed" }
      lastSwapAt = report.last?.at.ISO8601Format()
      replaced = report.replaced
      exchangesOnReplaced = report.exchangesOnReplaced
    }
  }

  /// One line of the agent, as its members of the same names are for the whole.
  struct Line: Encodable {
    var phase: String
    var `protocol`: Int?
    var inFlight: Int
    var connections: Int
    var lastHeartbeat: String?
    var lastChannelHeartbeat: String?
    var roundTripMs: Double?
    var smoothedRoundTripMs: Double?
    var channelRoundTripMs: Double?
    var lastLoss: String?
    var lastLossCause: String?
    var lastLossAt: String?
    var retryAt: String?

    init(_ line: LineStatus) {
      phase = line.phase.rawValue
      `protocol` = line.protocolVersion
      inFlight = line.inFlight
      connections = line.connections
      lastHeartbeat = line.lastHeartbeat?.ISO8601Format()
      lastChannelHeartbeat = line.lastChannelHeartbeat?.ISO8601Format()
      roundTripMs = line.roundTrip.map { $0.last / .milliseconds(1) }
      smoothedRoundTripMs = line.roundTrip.map { $0.smoothed / .milliseconds(1) }
      channelRoundTripMs = line.channelRoundTrip.map { $0.last / .milliseconds(1) }
      lastLoss = line.lastLoss?.sentence
      lastLossCause = line.lastLoss?.cause.label
      lastLossAt = line.lastLossAt?.ISO8601Format()
      retryAt = line.retryAt?.ISO8601Format()
    }
  }

  /// - Parameter startedAt: when the process began.
  init(_ agent: Agent, startedAt: Date) {
    let now = agent.status
    let date = agent.date()
    let token = agent.vault.current
    connected = now.phase == .up
    status = connected ? "healthy" : "unhealthy"
    pathId = token.pathID
    tokenExpiry = token.expiresAt.ISO8601Format()
    tokenLifeLeftS = Int(max(0, token.expiresAt.timeIntervalSince(date)))
    ready = agent.isReady
    self.startedAt = startedAt.ISO8601Format()
    uptimeS = Int(date.timeIntervalSince(startedAt))
    phase = now.phase.rawValue
    inFlight = now.inFlight
    exchanges = now.exchanges.began
    delivered = now.exchanges.delivered
    refused = now.exchanges.refused
    abandoned = now.exchanges.abandoned
    failed = now.exchanges.failed
    pipeline = Pipeline(agent.pipeline)
    connections = now.connections
    lastHeartbeat = now.lastHeartbeat?.ISO8601Format()
    lastChannelHeartbeat = now.lastChannelHeartbeat?.ISO8601Format()
    roundTripMs = now.roundTrip.map { $0.last / .milliseconds(1) }
    smoothedRoundTripMs = now.roundTrip.map { $0.smoothed / .milliseconds(1) }
    lastLoss = now.lastLoss?.sentence
    lastLossCause = now.lastLoss?.cause.label
    lastLossAt = now.lastLossAt?.ISO8601Format()
    losses = now.losses.isEmpty ? nil : now.losses
    lines = now.lines.map(Line.init)
  }
}
