package import Foundation

/// What an agent is doing, as the health page shows it: the sum of its lines.
package struct AgentStatus: Sendable, Equatable {
  package enum Phase: String, Sendable {
    case idle, dialing, joining, up
    /// Takes no new exchange; those that run may end.
    case draining
    case backingOff = "backing off"
    case stopping, stopped
  }

  /// Exchanges since the start. Each that began ends once, after its `finally` stages, in one of four ways.
  package struct Exchanges: Sendable, Equatable {
    package var began = 0
    package var delivered = 0
    package var refused = 0
    /// The client, or the line, was gone.
    package var abandoned = 0
    package var failed = 0

    /// Those that ended, in whatever way.
    package var ended: Int { delivered + refused + abandoned + failed }
    /// Those that have begun and not ended.
    package var running: Int { began - ended }
  }

  /// `up` if any line is up, else what the line does that is nearest to it.
  package var phase = Phase.idle
  /// The times that a line was up.
  package var connections = 0
  /// Why a line was lost, or an attempt failed, the last time.
  package var lastLoss: LineLoss?
  /// When that was.
  package var lastLossAt: Date?
  /// How often lines were lost and attempts failed, by the ``LineLoss/Cause/label`` of the cause.
  package var losses: [String: Int] = [:]
  /// When the gateway last answered a heartbeat of a socket.
  package var lastHeartbeat: Date?
  /// How long that took.
  package var roundTrip: RoundTrip?
  /// When the gateway last answered a heartbeat of a channel.
  package var lastChannelHeartbeat: Date?
  /// Exchanges that run now.
  package var inFlight = 0
  package var exchanges = Exchanges()
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
  private static let nearest: [Phase] = [
    .up, .joining, .dialing, .backingOff, .draining, .stopping, .idle, .stopped,
  ]

  private static func isEarlier(_ left: LineStatus, _ right: LineStatus) -> Bool {
    (left.lastHeartbeat ?? .distantPast) < (right.lastHeartbeat ?? .distantPast)
  }
}

extension AgentStatus.Phase {
  init(_ state: LineMachine.State) {
    self =
      switch state {
      case .idle: .idle
      case .dialing: .dialing
      case .joining: .joining
      case .up: .up
      case .draining: .draining
      case .backingOff: .backingOff
      case .stopped: .stopped
      }
  }
}
