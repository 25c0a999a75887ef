/// One fault: what happens, to which lines, and for how long.
struct Fault: Sendable, Equatable {
  enum Kind: String, CaseIterable, Sendable {
    // The wire between agent and gateway.
    /// The connection is ended in order (FIN) on both sides.
    case cut
    /// The connection is reset (RST) on both sides.
    case reset
    /// Half of what comes next is passed on, then the connection is reset.
    case resetInsideFrame = "reset inside a frame"
    /// Only the half towards the agent is ended.
    case halfCloseToAgent = "half-close to agent"
    /// Only the half towards the gateway is ended.
    case halfCloseToGateway = "half-close to gateway"
    /// Nothing passes any more, and the gateway never learns that the agent gave the connection up.
    case stall
    case stallToAgent = "stall to agent"
    case stallToGateway = "stall to gateway"
    /// All octets come so late that a heartbeat cannot be answered in time.
    case delay
    /// All octets come a little late, and the line holds.
    case slowLine = "slow line"
    /// The connection is reset, and new ones are reset as soon as they are made.
    case dialsReset = "dials reset"
    /// The connection is reset, and new ones are taken, but nothing is ever said on them.
    case dialsSilent = "dials silent"

    // The gateway.
    /// Heartbeats are answered too late, while all else flows.
    case heartbeatsLate = "heartbeats late"
    case channelsCrash = "channels crash"
    case gatewayFrozen = "gateway frozen"
    /// Frozen for less than a heartbeat may take.
    case gatewayHiccup = "gateway hiccup"
    case gatewayKilled = "gateway killed"
    case gatewayRestarted = "gateway restarted"
    /// The connection is reset, and the upgrade refused with 403.
    case tokensRefused = "tokens refused"

    // The backend.
    case backendFrozen = "backend frozen"
    case backendKilled = "backend killed"
    case backendRestarted = "backend restarted"
    /// All connections to the backend are reset, whatever they carry.
    case backendReset = "backend reset"
    case backendSlow = "backend slow"
  }

  var kind: Kind
  /// Whether all lines are hit; if not, one of them.
  var hitsAll = false
  /// How long it lasts, where that says something.
  var hold: Duration = .zero
  /// How long all is well before it.
  var rest: Duration = .zero
}

extension Fault.Kind {
  /// Whether it takes lines off.
  var losesLines: Bool {
    switch self {
    case .slowLine, .gatewayHiccup, .backendFrozen, .backendKilled, .backendRestarted, .backendReset, .backendSlow:
      false
    default: true
    }
  }

  /// Whether it can hit one line of several; else it hits all.
  var canHitOne: Bool {
    switch self {
    case .cut, .reset, .resetInsideFrame, .halfCloseToAgent, .halfCloseToGateway, .stall, .stallToAgent,
      .stallToGateway, .delay, .slowLine, .heartbeatsLate:
      true
    default: false
    }
  }

  /// How long it lasts, in milliseconds. A line that says nothing is found after `HEARTBEAT_INTERVAL` and
  /// `HEARTBEAT_TIMEOUT`, see ``Pace``.
  var holds: ClosedRange<Int> {
    switch self {
    case .slowLine: 150...400
    case .dialsReset, .dialsSilent: 300...1200
    case .gatewayHiccup: 100...300
    case .gatewayFrozen: 3300...4200
    case .gatewayKilled, .gatewayRestarted: 50...900
    case .backendFrozen: 200...1500
    case .backendKilled, .backendRestarted: 50...700
    case .backendSlow: 500...1200
    default: 0...0
    }
  }
}
