extension LineMachine {
  /// What may be tried after a failure.
  package enum Prospect: Sendable, Equatable {
    case again
    /// At once, with another token than the one that was refused.
    case otherToken
    /// Nothing: `MAX_RETRIES`.
    case giveUp(AgentError)
  }

  /// What happens to a line.
  package enum Event: Sendable, Equatable {
    case start
    /// The socket is open.
    case dialSucceeded
    case dialFailed(LineLoss, Prospect)
    /// Another token is in force.
    case tokenChanged
    /// There is no token that could be shown.
    case tokenExpired(AgentError)
    /// The join was granted, and its protocol agreed on.
    case joined
    /// The join was refused, not answered in time, or granted in a way that cannot be accepted; or the socket ended.
    case joinFailed(LineLoss, Prospect)
    case channelCrashed(reason: String?)
    case channelClosed
    case framingBroken(String)
    case socketLost(code: UInt16, reason: String)
    /// The gateway is about to go.
    case gatewayDrains
    case heartbeatAnswered(Heartbeat, Duration)
    /// The time for the answers to the heartbeats is up, but what is before them still moves.
    case heartbeatHeldUp
    /// A heartbeat was answered with an error, or could not be sent.
    case heartbeatFailed(String)
    /// The time of a timer has come.
    case fired(Timer)
    /// We drain, and no exchange runs any more.
    case drained
    /// The gateway answered our leave, or did not in time.
    case left
    /// No new exchange; what runs may end within the grace.
    case stop
    /// A second stop: the line ends at once.
    case stopNow
  }

  package enum Timer: Sendable, Hashable, CaseIterable {
    case heartbeatDue, heartbeatLate
    /// The wait before an attempt.
    case retry
    /// What exchanges that run have when the agent stops.
    case grace
  }

  package enum TokenChoice: Sendable, Hashable {
    /// The one in force.
    case current
    /// Another one, tried once after that was refused: one that came meanwhile, or the one from the settings.
    case other
  }

  /// What is to be done, in this order.
  package enum Action: Sendable, Equatable {
    case dial(TokenChoice)
    case cancelDial
    /// Joins the channel of the open socket.
    case join
    /// Lets the joined channel serve exchanges.
    case serve
    /// Sends both heartbeats.
    case beat
    /// Sets a timer, in place of one of the same kind.
    case schedule(Timer, Duration)
    case cancel(Timer)
    /// Takes no new exchange, and waits for those that run.
    case drain
    /// Cancels the exchanges that run. Nothing waits for their end.
    case abandon
    case leave
    /// Nothing waits for the end of the socket.
    case closeSocket(code: UInt16)
    /// Another line is to take this one's place; it begins with this plan, and waits that long first.
    case replace(RetryPlan, after: Duration)
    case acknowledged(Heartbeat, RoundTrip)
    /// The line was lost, or an attempt failed.
    case lost(LineLoss)
    /// The grace is over.
    case graceOver
    /// No attempt is made any more.
    case giveUp(AgentError)
  }
}
