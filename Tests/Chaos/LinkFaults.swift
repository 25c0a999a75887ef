/// What a link of the proxy does to what it carries.
struct LinkFaults: Sendable, Equatable {
  enum Direction: Sendable { case toAgent, toGateway }

  /// Nothing passes towards the agent.
  var stallsToAgent = false
  /// Nothing passes towards the gateway.
  var stallsToGateway = false
  /// Our half towards the agent is ended: what still comes is dropped.
  var dropsToAgent = false
  /// Our half towards the gateway is ended.
  var dropsToGateway = false
  /// Octets are passed on so late, in both directions.
  var delay: Duration = .zero
  /// Answers to heartbeats wait so long at least.
  var heartbeatDelay: Duration = .zero
  /// The next octets are passed on by half, then the link is reset.
  var breaksInside = false

  func stalls(_ direction: Direction) -> Bool {
    switch direction {
    case .toAgent: stallsToAgent
    case .toGateway: stallsToGateway
    }
  }

  func drops(_ direction: Direction) -> Bool {
    switch direction {
    case .toAgent: dropsToAgent
    case .toGateway: dropsToGateway
    }
  }

  var stalls: Bool { stallsToAgent || stallsToGateway }
}
