import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(1))) struct LazyTimerTests {
  private let clock = TestClock()
  private let expired = Signal<Void>()

  private func timer() -> LazyTimer {
    LazyTimer(limit: .seconds(10), clock: clock, executor: nil) { [expired] in expired.send(()) }
  }

  @Test func `it expires when the limit has passed`() async {
    let timer = timer()
    timer.start()
    #expect(!timer.hasExpired)
    await clock.expire(.seconds(10))
    await expired.wait()
    #expect(timer.hasExpired)
    timer.start()
    await clock.expire(.seconds(10))
    await expired.wait()
  }

  @Test func `a later deadline is slept for when the first sleep is over`() async {
    let timer = timer()
    timer.start()
    await clock.untilSomebodySleeps(for: .seconds(10))
    clock.advance(by: .seconds(4))
    timer.clear()
    timer.start()
    clock.advance(by: .seconds(6))
    await clock.untilSomebodySleeps(for: .seconds(4))
    #expect(!timer.hasExpired)
    clock.advance(by: .seconds(4))
    await expired.wait()
  }

  @Test func `what was cleared or stopped does not expire`() async {
    let first = timer()
    first.start()
    await clock.untilSomebodySleeps(for: .seconds(10))
    first.clear()
    clock.advance(by: .seconds(10))
    let second = timer()
    second.start()
    await clock.untilSomebodySleeps(for: .seconds(10))
    second.stop()
    second.start()
    clock.advance(by: .seconds(20))
    #expect(!first.hasExpired && !second.hasExpired)
  }
}
