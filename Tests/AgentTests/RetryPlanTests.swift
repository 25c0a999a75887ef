import PhoenixChannels
import Testing

@testable import Agent

/// When a line is tried again, and what its machine keeps in mind for that.
@Suite struct RetryPlanTests {
  private let crash = LineMachine.Event.channelCrashed(reason: nil)
  private let lost = LineMachine.Event.socketLost(code: 1006, reason: "")

  /// The wait before the next attempt in whole seconds; `nil`: none.
  private func wait(_ actions: [LineMachine.Action]) -> Int? {
    for case .schedule(.retry, let wait) in actions { return Int((wait / .seconds(1)).rounded()) }
    return nil
  }

  @Test func `a line that is dropped right after each join backs off growing`() {
    var bench = LineMachineBench([.start, .dialSucceeded, .joined])
    var (now, waits) = (Duration.zero, [Int?]())
    for _ in 0..<7 {
      now += .seconds(29)
      waits.append(wait(bench.handle(lost, at: now)))
      for event in [.fired(.retry), .dialSucceeded, .joined] as [LineMachine.Event] { _ = bench.handle(event, at: now) }
    }
    #expect(waits == [2, 4, 8, 16, 32, 64, 64])
    // After a while it is forgiven: at once, and then from the start.
    now += .seconds(30)
    #expect(bench.handle(lost, at: now).last == .dial(.current))
    #expect(wait(bench.handle(.dialFailed(LineMachineBench.refused, .again), at: now)) == 2)
  }

  @Test func `a channel that crashes at each join backs off growing, a dial that follows too`() {
    var bench = LineMachineBench([.start, .dialSucceeded, .joined])
    var waits = [wait(bench.handle(crash))]
    for _ in 0..<3 {
      _ = bench.handle(.fired(.retry))
      _ = bench.handle(.joined)
      waits.append(wait(bench.handle(crash)))
    }
    #expect(waits == [2, 4, 8, 16])
    _ = bench.handle(lost)
    #expect(bench.machine.state == .backingOff(.dial))
    _ = bench.handle(.fired(.retry))
    #expect(wait(bench.handle(.dialFailed(LineMachineBench.refused, .again))) == 32)
  }

  @Test(arguments: [1001, 1012] as [UInt16])
  func `after an orderly restart a healthy line waits a drawn, short time`(_ code: UInt16) {
    var bench = LineMachineBench([.start, .dialSucceeded, .joined])
    #expect(wait(bench.handle(.socketLost(code: code, reason: ""), at: .seconds(30))) == 2)
  }

  @Test(arguments: [1000, 1002, 1006, 1011, 4000] as [UInt16])
  func `after any other end a healthy line is dialled at once`(_ code: UInt16) {
    var bench = LineMachineBench([.start, .dialSucceeded, .joined])
    #expect(bench.handle(.socketLost(code: code, reason: ""), at: .seconds(30)).last == .dial(.current))
  }

  @Test func `a refused token is tried again after five minutes and at most a tenth more`() {
    var plan = LineMachineBench.plan
    var generator = BackoffTests.SplitMix(state: 3)
    for _ in 0..<100 {
      let wait = plan.failed(.dial(.tokenRefused), using: &generator)
      #expect(wait >= .seconds(300) && wait <= .seconds(330))
    }
    // It has not grown what other failures wait.
    var highest = BackoffTests.Highest()
    #expect(plan.failed(.dial(.connectionRefused), using: &highest) <= .seconds(2))
  }

  @Test func `the sentence of a refused token says when it is tried again`() {
    var bench = LineMachineBench([.start])
    let actions = bench.handle(.dialFailed(LineMachineBench.forbidden, .again))
    let told = LineLoss(.dial(.tokenRefused), "403. It is tried again in 330 s.")
    #expect(actions.first == .lost(told))
  }

  @Test func `a successor inherits the waits, and its first is drawn like that after a restart`() throws {
    func successor(_ bench: inout LineMachineBench, at now: Duration) throws -> (RetryPlan, Duration) {
      for case .replace(let plan, let wait) in bench.handle(.gatewayDrains, at: now) { return (plan, wait) }
      throw CancellationError()
    }
    var bench = LineMachineBench([.start, .dialSucceeded, .joined])
    var waits: [Int] = []
    for _ in 0..<4 {
      let (plan, wait) = try successor(&bench, at: .zero)
      waits.append(Int((wait / .seconds(1)).rounded()))
      bench = LineMachineBench([.start, .fired(.retry), .dialSucceeded, .joined], firstWait: wait, plan: plan)
    }
    #expect(waits == [2, 4, 8, 16])
    // One that was up for a while forgives.
    let (_, wait) = try successor(&bench, at: .seconds(30))
    #expect(Int((wait / .seconds(1)).rounded()) == 2)
  }

  @Test func `each cause has a name of its own kind`() {
    let causes: [LineLoss.Cause] = [
      .dial(.tokenRefused), .dial(.upgradeRefused(status: 503)), .dial(.nameNotResolved), .dial(.connectionRefused),
      .dial(.unreachable), .dial(.connectTimedOut), .dial(.upgradeTimedOut), .dial(.tlsNotTrusted), .dial(.tlsFailed),
      .dial(.notAWebSocket), .dial(.invalidURL), .dial(.connectionLost), .dial(.cancelled), .joinRefused, .joinTimedOut,
      .grantNotAccepted, .channelCrashed, .channelClosed, .framingBroken, .heartbeatLate, .heartbeatFailed,
      .socketLost(code: 1012), .socketLost(code: 1006), .socketLost(code: 1000), .drained,
    ]
    #expect(Set(causes.map(\.label)).count == causes.count)
    // All of them are metrics, before they first happen.
    #expect(LineLoss.Cause.labels.sorted() == causes.map(\.label).sorted())
    #expect(LineLoss.Cause.socketLost(code: 1001).label == LineLoss.Cause.socketLost(code: 1012).label)
    #expect(LineLoss.Cause.socketLost(code: 1000).label == LineLoss.Cause.socketLost(code: 4321).label)
  }
}
