package import Foundation

/// What an agent is doing, as the health page shows it.
package struct AgentStatus: Sendable, Equatable {
  package enum Phase: String, Sendable {
    case idle, dialing, joining, up
    case backingOff = "backing off"
    case stopping, stopped
  }

  package var phase = Phase.idle
  /// The times that a line was up.
  package var connections = 0
  /// Why the last line or attempt ended.
  package var lastLoss: String?
  /// When the gateway last answered a heartbeat.
  package var lastHeartbeat: Date?
  /// How long that answer took.
  package var roundTrip: Duration?
  /// When the gateway last acknowledged the channel's own heartbeat.
  package var lastChannelHeartbeat: Date?
  /// Exchanges that run now.
  package var inFlight = 0

  package init() {}
}
