/// One line to the gateway without input, output or time: what happens goes in, what is to be done comes out.
///
/// A line has one socket after the other. When the gateway drains it, it ends with the socket that it has, and another
/// line takes its place. An event that means nothing in a state changes nothing.
package struct LineMachine: Sendable {
  package enum State: Sendable, Hashable {
    case idle
    case dialing(TokenChoice)
    case joining
    case up
    case draining(Draining)
    case backingOff(Attempt)
    case stopped
  }

  /// Why no new exchange comes by a line that is up.
  package enum Draining: Sendable, Hashable {
    /// The gateway is about to go, and closes the socket after the last exchange.
    case byGateway
    /// We stop: the exchanges that run are awaited.
    case stopping
    /// The channel is left: its reply is awaited.
    case leaving
  }

  /// What a wait comes before.
  package enum Attempt: Sendable, Hashable {
    case dial
    /// The socket stays open.
    case join
  }

  package struct Terms: Sendable {
    /// Default 30 s.
    package var heartbeatInterval: Duration
    /// Default: half of the interval.
    package var heartbeatTimeout: Duration
    /// Default 30 s.
    package var grace: Duration

    package init(
      heartbeatInterval: Duration = .seconds(30), heartbeatTimeout: Duration? = nil, grace: Duration = .seconds(30)
    ) {
      self.heartbeatInterval = heartbeatInterval
      self.heartbeatTimeout = heartbeatTimeout ?? heartbeatInterval / 2
      self.grace = grace
    }
  }

  package internal(set) var state = State.idle
  let terms: Terms
  var plan: RetryPlan
  /// Before the first dial; `nil`: none.
  let firstWait: Duration?
  var heartbeats: Heartbeats
  /// When the channel that serves was joined.
  var upSince = Duration.zero
  /// The socket was lost while a join was under way, which may have been granted before.
  var lostWhileJoining: Event?

  /// - Parameter firstWait: before the first dial; `nil`: none.
  package init(terms: Terms, plan: RetryPlan, firstWait: Duration? = nil) {
    self.terms = terms
    self.plan = plan
    self.firstWait = firstWait
    heartbeats = Heartbeats(interval: terms.heartbeatInterval, timeout: terms.heartbeatTimeout)
  }

  /// - Parameters:
  ///   - now: since any beginning; never less than before.
  ///   - generator: draws waits.
  package mutating func handle(
    _ event: Event, at now: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    switch state {
    case .idle: handleIdle(event)
    case .dialing(let token): handleDialing(event, token, using: &generator)
    case .joining: handleJoining(event, at: now, using: &generator)
    case .up: handleUp(event, at: now, using: &generator)
    case .draining(.byGateway): handleDrainedByGateway(event, at: now)
    case .draining(.stopping): handleStopping(event, at: now)
    case .draining(.leaving): handleLeaving(event)
    case .backingOff(let attempt): handleBackingOff(event, attempt)
    case .stopped: []
    }
  }

  mutating func stop(_ actions: Action...) -> [Action] {
    state = .stopped
    return actions
  }
}
