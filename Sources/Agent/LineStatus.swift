package import Foundation

/// What one line of an agent is doing.
package struct LineStatus: Sendable, Equatable {
  package var phase = AgentStatus.Phase.idle
  /// The protocol that the gateway granted at the last join: 1 or 2; `nil` before the first.
  package var protocolVersion: Int?
  /// The times that it was up.
  package var connections = 0
  /// Why it, or the last attempt, ended.
  package var lastLoss: String?
  /// When the gateway last answered a heartbeat.
  package var lastHeartbeat: Date?
  /// How long that answer took.
  package var roundTrip: Duration?
  /// When the gateway last acknowledged the channel's own heartbeat.
  package var lastChannelHeartbeat: Date?
  /// Exchanges that run now, those of predecessors among them that the gateway drains.
  package var inFlight = 0

  package init() {}
}
