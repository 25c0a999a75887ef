/// The states in which no channel is joined.
extension LineMachine {
  mutating func handleIdle(_ event: Event) -> [Action] {
    switch event {
    case .start:
      guard let firstWait else { return dial(.current) }
      return wait(firstWait, before: .dial)
    case .stop, .stopNow: return stop()
    default: return []
    }
  }

  mutating func handleDialing(
    _ event: Event, _ token: TokenChoice, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    switch event {
    case .dialSucceeded:
      state = .joining
      return [.join]
    case .dialFailed(let loss, .otherToken) where token == .current:
      return [.lost(loss)] + dial(.other)
    case .dialFailed(let loss, let prospect):
      return failed(loss, prospect, using: &generator)
    case .tokenExpired(let error):
      return stop(.giveUp(error))
    case .stop, .stopNow: return stop(.cancelDial)
    default: return []
    }
  }

  mutating func handleJoining(
    _ event: Event, at now: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    switch event {
    case .joined:
      state = .up
      upSince = now
      let actions = [.serve] + heartbeats.begin()
      guard let loss = lostWhileJoining.take() else { return actions }
      return actions + handleUp(loss, at: now, using: &generator)
    case .socketLost:
      // The join ends, too, and tells whether it was granted.
      lostWhileJoining = event
      return []
    case .joinFailed(let loss, let prospect):
      lostWhileJoining = nil
      return [.closeSocket(code: 1000)] + failed(loss, prospect, using: &generator)
    case .stop, .stopNow: return stop(.closeSocket(code: 1000))
    default: return []
    }
  }

  mutating func handleBackingOff(_ event: Event, _ attempt: Attempt) -> [Action] {
    switch (event, attempt) {
    case (.fired(.retry), .dial):
      return dial(.current)
    case (.tokenChanged, .dial):
      return [.cancel(.retry)] + dial(.current)
    case (.fired(.retry), .join):
      state = .joining
      return [.join]
    case (.socketLost(let code, let reason), .join):
      state = .backingOff(.dial)
      return [.lost(.socketLost(code: code, reason: reason))]
    case (.stop, .dial), (.stopNow, .dial):
      return stop(.cancel(.retry))
    case (.stop, .join), (.stopNow, .join):
      return stop(.cancel(.retry), .closeSocket(code: 1000))
    default: return []
    }
  }

  mutating func dial(_ token: TokenChoice) -> [Action] {
    state = .dialing(token)
    return [.dial(token)]
  }

  mutating func wait(_ wait: Duration, before attempt: Attempt) -> [Action] {
    state = .backingOff(attempt)
    return [.schedule(.retry, wait)]
  }

  /// An attempt failed: a dial or a join.
  private mutating func failed(
    _ loss: LineLoss, _ prospect: Prospect, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    if case .giveUp(let error) = prospect { return stop(.lost(loss), .giveUp(error)) }
    let pause = plan.failed(loss.cause, using: &generator)
    var loss = loss
    if loss.cause.isTokenRefused { loss.sentence += " It is tried again in \(pause.inSeconds)." }
    return [.lost(loss)] + wait(pause, before: .dial)
  }
}
