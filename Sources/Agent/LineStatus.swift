package import Foundation

/// What one line of an agent is doing.
package struct LineStatus: Sendable, Equatable {
  package var phase = AgentStatus.Phase.idle
  /// The protocol that the gateway granted at the last join: 1 or 2; `nil` before the first.
  package var protocolVersion: Int?
  /// The times that it was up.
  package var connections = 0
  /// Why it was lost, or an attempt failed, the last time.
  package var lastLoss: LineLoss?
  /// When that was.
  package var lastLossAt: Date?
  /// When the next attempt is made, while it backs off.
  package var retryAt: Date?
  /// When the gateway last answered a heartbeat of the socket.
  package var lastHeartbeat: Date?
  /// How long that took.
  package var roundTrip: RoundTrip?
  /// When the gateway last answered a heartbeat of the channel.
  package var lastChannelHeartbeat: Date?
  /// How long that took.
  package var channelRoundTrip: RoundTrip?
  /// Exchanges that run now, those of predecessors among them that the gateway drains.
  package var inFlight = 0

  package init() {}
}
