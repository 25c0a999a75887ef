/// The states in which a channel is joined.
extension LineMachine {
  mutating func handleUp(
    _ event: Event, at now: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    switch event {
    case .gatewayDrains:
      state = .draining(.byGateway)
      var successor = plan
      let pause = successor.lost(.drained, upFor: now - upSince, using: &generator) ?? .zero
      return [.lost(LineLoss(.drained, "The gateway drains the line.")), .replace(successor, after: pause)]
    case .stop: return beginStopping()
    case .stopNow:
      return stop(.cancel(.heartbeatDue), .cancel(.heartbeatLate), .abandon, .closeSocket(code: 1000))
    default:
      guard let end = end(event) else { return beat(event, at: now) }
      let pause = plan.lost(end.loss.cause, upFor: now - upSince, using: &generator)
      let ending: [Action] = [.cancel(.heartbeatDue), .cancel(.heartbeatLate), .abandon]
      if case .channelCrashed = event {
        guard let pause else {
          state = .joining
          return ending + [.lost(end.loss), .join]
        }
        return ending + [.lost(end.loss)] + wait(pause, before: .join)
      }
      let closing = end.code.map { [Action.closeSocket(code: $0)] } ?? []
      return ending + closing + [.lost(end.loss)] + (pause.map { wait($0, before: .dial) } ?? dial(.current))
    }
  }

  mutating func handleDrainedByGateway(_ event: Event, at now: Duration) -> [Action] {
    switch event {
    case .stop: beginStopping()
    case .stopNow:
      stop(.cancel(.heartbeatDue), .cancel(.heartbeatLate), .abandon, .closeSocket(code: 1000))
    default: endWithoutSuccessor(event) ?? beat(event, at: now)
    }
  }

  mutating func handleStopping(_ event: Event, at now: Duration) -> [Action] {
    switch event {
    case .drained:
      state = .draining(.leaving)
      return [.cancel(.heartbeatDue), .cancel(.heartbeatLate), .cancel(.grace), .leave]
    case .fired(.grace):
      state = .draining(.leaving)
      return [.cancel(.heartbeatDue), .cancel(.heartbeatLate), .graceOver, .abandon, .leave]
    case .stopNow:
      return stop(
        .cancel(.heartbeatDue), .cancel(.heartbeatLate), .cancel(.grace), .abandon, .closeSocket(code: 1000))
    default:
      guard let actions = endWithoutSuccessor(event) else { return beat(event, at: now) }
      return [.cancel(.grace)] + actions
    }
  }

  mutating func handleLeaving(_ event: Event) -> [Action] {
    switch event {
    case .left: stop(.abandon, .closeSocket(code: 1000))
    case .socketLost: stop(.abandon)
    case .stopNow: stop(.abandon, .closeSocket(code: 1000))
    // Also the end of the channel, which is our own leave.
    default: []
    }
  }

  private mutating func beginStopping() -> [Action] {
    state = .draining(.stopping)
    return [.schedule(.grace, terms.grace), .drain]
  }

  private mutating func beat(_ event: Event, at now: Duration) -> [Action] {
    switch event {
    case .fired(.heartbeatDue): heartbeats.due(at: now)
    case .heartbeatAnswered(let heartbeat, let duration): heartbeats.answered(heartbeat, duration, at: now)
    case .heartbeatHeldUp: heartbeats.heldUp()
    default: []
    }
  }

  /// The end of a line that has a successor, or needs none. That is no loss.
  private mutating func endWithoutSuccessor(_ event: Event) -> [Action]? {
    guard let end = end(event) else { return nil }
    state = .stopped
    var actions: [Action] = [.cancel(.heartbeatDue), .cancel(.heartbeatLate), .abandon]
    if case .socketLost = event { return actions }
    actions.append(.closeSocket(code: end.code ?? 1000))
    return actions
  }

  /// What ends a joined channel, and the code that its socket is closed with; `nil` where the socket stays or is gone.
  private func end(_ event: Event) -> (loss: LineLoss, code: UInt16?)? {
    switch event {
    case .channelCrashed(let reason):
      (LineLoss(.channelCrashed, "The channel crashed (\(reason ?? "no reason given"))."), nil)
    case .channelClosed: (LineLoss(.channelClosed, "The gateway closed the channel."), 1000)
    case .framingBroken(let sentence):
      (LineLoss(.framingBroken, "The gateway broke the framing of protocol 2: \(sentence)"), 1002)
    case .socketLost(let code, let reason): (.socketLost(code: code, reason: reason), nil)
    case .heartbeatFailed(let sentence):
      (LineLoss(.heartbeatFailed, "A heartbeat was not answered: \(sentence)"), 1000)
    case .fired(.heartbeatLate): heartbeats.loss.map { ($0, 1000) }
    default: nil
    }
  }
}
