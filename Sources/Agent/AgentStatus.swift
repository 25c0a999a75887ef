package import Foundation

/// What an agent is doing, as the health page shows it: the sum of its lines.
package struct AgentStatus: Sendable, Equatable {
  package enum Phase: String, Sendable {
    case idle, dialing, joining, up
    case backingOff = "backing off"
    case stopping, stopped
  }

  /// `up` if any line is up, else what the line does that is nearest to it.
  package var phase = Phase.idle
  /// The times that a line was up.
  package var connections = 0
  /// Why the last line or attempt ended.
  package var lastLoss: String?
  /// When the gateway last answered a heartbeat.
  package var lastHeartbeat: Date?
  /// How long that answer took.
  package var roundTrip: Duration?
  /// When the gateway last acknowledged a channel's own heartbeat.
  package var lastChannelHeartbeat: Date?
  /// Exchanges that run now.
  package var inFlight = 0
  /// Each line with its own state, in the order of their numbers.
  package var lines: [LineStatus] = []

  package init() {}

  /// The sum of lines.
  package init(lines: [LineStatus]) {
    self.lines = lines
    phase = Self.nearest.first { phase in lines.contains { $0.phase == phase } } ?? .idle
    connections = lines.reduce(0) { $0 + $1.connections }
    inFlight = lines.reduce(0) { $0 + $1.inFlight }
    if let freshest = lines.filter({ $0.lastHeartbeat != nil }).max(by: Self.isEarlier) {
      lastHeartbeat = freshest.lastHeartbeat
      roundTrip = freshest.roundTrip
    }
    lastChannelHeartbeat = lines.compactMap(\.lastChannelHeartbeat).max()
  }

  /// From the phase that says most about an agent with several lines to the one that says least.
  private static let nearest: [Phase] = [.up, .joining, .dialing, .backingOff, .stopping, .idle, .stopped]

  private static func isEarlier(_ left: LineStatus, _ right: LineStatus) -> Bool {
    (left.lastHeartbeat ?? .distantPast) < (right.lastHeartbeat ?? .distantPast)
  }
}
