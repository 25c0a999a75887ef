import Agent
import PhoenixChannels

/// A line's machine in each of its states, and everything that can happen to it.
struct LineMachineBench {
  typealias Event = LineMachine.Event

  static let plan = RetryPlan(backoff: Backoff(initial: .seconds(2), maximum: .seconds(64)))
  static let gaveUp = AgentError(kind: .gaveUp, sentence: "over")
  static let refused = LineLoss(.dial(.connectionRefused), "nobody there")
  static let forbidden = LineLoss(.dial(.tokenRefused), "403.")
  static let unjoined = LineLoss(.joinRefused, "no")

  /// Every position that makes a difference, and the events that lead there from the start; all at the time 0; and when the
  /// event comes that is looked at.
  static let positions: [(name: String, way: [Event], now: Duration)] = [
    ("idle", [], .zero),
    ("idle, successor", [], .zero),
    ("dialing", [.start], .zero),
    ("dialing, other token", [.start, .dialFailed(forbidden, .otherToken)], .zero),
    ("joining", [.start, .dialSucceeded], .zero),
    ("joining, lost", [.start, .dialSucceeded, .socketLost(code: 1006, reason: "")], .zero),
    ("up", up, .zero),
    ("up, settled", up, .seconds(30)),
    ("up, settled, beating", up + [.fired(.heartbeatDue)], .seconds(30)),
    ("up, beating", up + [.fired(.heartbeatDue)], .zero),
    ("drained", up + [.gatewayDrains], .zero),
    ("drained, beating", up + [.fired(.heartbeatDue), .gatewayDrains], .zero),
    ("stopping", up + [.stop], .zero),
    ("stopping, beating", up + [.fired(.heartbeatDue), .stop], .zero),
    ("leaving", up + [.stop, .drained], .zero),
    ("backing off, dial", [.start, .dialFailed(refused, .again)], .zero),
    ("backing off, join", up + [.channelCrashed(reason: nil)], .zero),
    ("stopped", [.stop], .zero),
  ]
  private static let up: [Event] = [.start, .dialSucceeded, .joined]

  /// Every event, with what makes a difference in it.
  static let events: [(name: String, event: Event)] = [
    ("start", .start),
    ("dial succeeded", .dialSucceeded),
    ("dial failed", .dialFailed(refused, .again)),
    ("dial failed, 403", .dialFailed(forbidden, .again)),
    ("dial failed, other token", .dialFailed(forbidden, .otherToken)),
    ("dial failed, last", .dialFailed(refused, .giveUp(gaveUp))),
    ("token changed", .tokenChanged),
    ("token expired", .tokenExpired(AgentError(kind: .tokenExpired, sentence: "old"))),
    ("joined", .joined),
    ("join failed", .joinFailed(unjoined, .again)),
    ("join failed, last", .joinFailed(unjoined, .giveUp(gaveUp))),
    ("channel crashed", .channelCrashed(reason: "r")),
    ("channel closed", .channelClosed),
    ("framing broken", .framingBroken("f")),
    ("socket lost, 1006", .socketLost(code: 1006, reason: "")),
    ("socket lost, 1012", .socketLost(code: 1012, reason: "")),
    ("gateway drains", .gatewayDrains),
    ("socket answered", .heartbeatAnswered(.socket, .milliseconds(8))),
    ("channel answered", .heartbeatAnswered(.channel, .milliseconds(8))),
    ("heartbeat held up", .heartbeatHeldUp),
    ("heartbeat failed", .heartbeatFailed("h")),
    ("heartbeat due", .fired(.heartbeatDue)),
    ("heartbeat late", .fired(.heartbeatLate)),
    ("retry", .fired(.retry)),
    ("grace over", .fired(.grace)),
    ("drained", .drained),
    ("left", .left),
    ("stop", .stop),
    ("stop now", .stopNow),
  ]

  var machine: LineMachine
  var generator = BackoffTests.Highest()

  init(_ way: [Event] = [], firstWait: Duration? = nil, plan: RetryPlan = plan) {
    machine = LineMachine(terms: .init(), plan: plan, firstWait: firstWait)
    for event in way { _ = handle(event) }
  }

  /// A machine in a position.
  static func at(_ position: (name: String, way: [Event], now: Duration)) -> LineMachineBench {
    LineMachineBench(position.way, firstWait: position.name == "idle, successor" ? .seconds(9) : nil)
  }

  mutating func handle(_ event: Event, at now: Duration = .zero) -> [LineMachine.Action] {
    machine.handle(event, at: now, using: &generator)
  }

  /// `dialing: start -> …`, with waits in seconds and a part.
  static func text(_ action: LineMachine.Action) -> String {
    switch action {
    case .dial(let token): token == .current ? "dial" : "dial with another token"
    case .schedule(let timer, let wait): "\(timer) in \(Int((wait / .seconds(1)).rounded()))s"
    case .cancel(let timer): "no \(timer)"
    case .closeSocket(let code): "close \(code)"
    case .replace(_, let wait): "replace in \(Int((wait / .seconds(1)).rounded()))s"
    case .acknowledged(let heartbeat, _): "\(heartbeat) ok"
    case .lost(let loss): "lost \(loss.cause.label)"
    case .giveUp(let error): "give up \(error.kind)"
    default: "\(action)"
    }
  }

  /// The state with what it is about.
  static func fullName(_ state: LineMachine.State) -> String {
    switch state {
    case .dialing(.other): "dialing (other token)"
    case .draining(let draining): "draining (\(draining))"
    case .backingOff(let attempt): "backing_off (\(attempt))"
    default: name(state)
    }
  }

  /// The state as the diagram names it.
  static func name(_ state: LineMachine.State) -> String {
    switch state {
    case .idle: "idle"
    case .dialing: "dialing"
    case .joining: "joining"
    case .up: "up"
    case .draining: "draining"
    case .backingOff: "backing_off"
    case .stopped: "stopped"
    }
  }
}
