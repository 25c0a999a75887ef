import Agent
import Testing

/// Heartbeats by the machine and a clock, to the millisecond.
@Suite struct HeartbeatTests {
  private typealias Bench = LineMachineBench
  private let up: [LineMachine.Event] = [.start, .dialSucceeded, .joined]

  /// A machine whose heartbeats were sent at 30 s.
  private func beating() -> LineMachineBench {
    var bench = LineMachineBench(up)
    #expect(bench.handle(.fired(.heartbeatDue), at: .seconds(30)) == [.schedule(.heartbeatLate, .seconds(15)), .beat])
    return bench
  }

  @Test func `the next ones are due an interval after these were sent, when both were answered`() {
    var bench = beating()
    let first = bench.handle(.heartbeatAnswered(.socket, .milliseconds(40)), at: .milliseconds(30_040))
    #expect(first.count == 1)
    let second = bench.handle(.heartbeatAnswered(.channel, .milliseconds(55)), at: .milliseconds(30_055))
    #expect(second.dropFirst() == [.cancel(.heartbeatLate), .schedule(.heartbeatDue, .milliseconds(29_945))])
  }

  @Test(arguments: [Heartbeat.socket, .channel])
  func `each waits for its own reply`(_ answered: Heartbeat) {
    var bench = beating()
    for _ in 1...3 { _ = bench.handle(.heartbeatAnswered(answered, .milliseconds(1)), at: .milliseconds(30_001)) }
    let actions = bench.handle(.fired(.heartbeatLate), at: .seconds(45))
    let missing = answered == .socket ? "channel" : "socket"
    #expect(
      actions.contains(
        .lost(
          LineLoss(.heartbeatLate, "The gateway did not answer the heartbeat of the \(missing) within 15 s."))))
    #expect(actions.contains(.closeSocket(code: 1000)))
    #expect(bench.machine.state == .dialing(.current))
  }

  @Test func `an answer that was not asked for is none`() {
    var bench = LineMachineBench(up)
    #expect(bench.handle(.heartbeatAnswered(.socket, .zero), at: .seconds(1)).isEmpty)
    #expect(bench.handle(.fired(.heartbeatLate), at: .seconds(1)).isEmpty)
  }

  @Test func `the mean of the round trips takes an eighth of each new one`() {
    var roundTrip = RoundTrip(.milliseconds(80))
    roundTrip.add(.milliseconds(160))
    #expect(roundTrip.last == .milliseconds(160))
    #expect(roundTrip.smoothed == .milliseconds(90))
    var bench = beating()
    let actions = bench.handle(.heartbeatAnswered(.socket, .milliseconds(40)), at: .seconds(31))
    #expect(actions == [.acknowledged(.socket, RoundTrip(.milliseconds(40)))])
  }

  @Test func `an answer slower than the interval puts the next heartbeat off, and a slow line stays up`() {
    let terms = LineMachine.Terms(heartbeatInterval: .seconds(10), heartbeatTimeout: .seconds(25))
    var machine = LineMachine(terms: terms, plan: LineMachineBench.plan)
    var generator = BackoffTests.Highest()
    for event in up { _ = machine.handle(event, at: .zero, using: &generator) }
    _ = machine.handle(.fired(.heartbeatDue), at: .seconds(10), using: &generator)
    for heartbeat in Heartbeat.allCases {
      let actions = machine.handle(.heartbeatAnswered(heartbeat, .seconds(24)), at: .seconds(34), using: &generator)
      if heartbeat == .channel { #expect(actions.last == .schedule(.heartbeatDue, .zero)) }
    }
    #expect(machine.state == .up)
  }

  @Test func `a channel that is joined anew begins with heartbeats of its own`() {
    var bench = beating()
    _ = bench.handle(.channelCrashed(reason: nil), at: .seconds(31))
    #expect(bench.machine.state == .joining)
    #expect(bench.handle(.joined, at: .seconds(32)) == [.serve, .schedule(.heartbeatDue, .seconds(30))])
    #expect(bench.handle(.fired(.heartbeatLate), at: .seconds(45)).isEmpty)
  }
}
