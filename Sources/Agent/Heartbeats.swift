/// The two heartbeats of a line: that of its socket, and that of its channel, which shows the gateway that we are here.
package enum Heartbeat: String, Sendable, Hashable, CaseIterable {
  case socket, channel
}

/// When heartbeats are due, which answers are awaited, and how long they took.
///
/// Both are sent at once. The next ones are due an interval after these, but not before both were answered.
struct Heartbeats: Sendable, Equatable {
  let interval: Duration
  let timeout: Duration
  private(set) var awaited: Set<Heartbeat> = []
  private(set) var roundTrips: [Heartbeat: RoundTrip] = [:]
  private var sentAt = Duration.zero

  init(interval: Duration, timeout: Duration) {
    self.interval = interval
    self.timeout = timeout
  }

  /// A channel is joined: nothing is awaited.
  mutating func begin() -> [LineMachine.Action] {
    awaited = []
    return [.schedule(.heartbeatDue, interval)]
  }

  mutating func due(at now: Duration) -> [LineMachine.Action] {
    guard awaited.isEmpty else { return [] }
    awaited = Set(Heartbeat.allCases)
    sentAt = now
    return [.schedule(.heartbeatLate, timeout), .beat]
  }

  mutating func answered(_ heartbeat: Heartbeat, _ duration: Duration, at now: Duration) -> [LineMachine.Action] {
    guard awaited.remove(heartbeat) != nil else { return [] }
    roundTrips[heartbeat, default: RoundTrip(duration)].add(duration)
    let told = LineMachine.Action.acknowledged(heartbeat, roundTrips[heartbeat] ?? RoundTrip(duration))
    guard awaited.isEmpty else { return [told] }
    return [told, .cancel(.heartbeatLate), .schedule(.heartbeatDue, max(.zero, sentAt + interval - now))]
  }

  /// The time for the answers is up, but they need not have come yet: it begins again.
  func heldUp() -> [LineMachine.Action] {
    awaited.isEmpty ? [] : [.schedule(.heartbeatLate, timeout)]
  }

  /// What it means that the time for the answers is up.
  /// - Returns: `nil` if none is awaited.
  var loss: LineLoss? {
    guard !awaited.isEmpty else { return nil }
    let whose = awaited.map(\.rawValue).sorted().joined(separator: " and the ")
    return LineLoss(
      .heartbeatLate, "The gateway did not answer the heartbeat of the \(whose) within \(timeout.inSeconds).")
  }
}

extension Duration {
  /// For a sentence: `15 s`, `0.5 s`.
  var inSeconds: String {
    let seconds = (self / .milliseconds(1)).rounded() / 1000
    return "\(seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)") s"
  }
}
