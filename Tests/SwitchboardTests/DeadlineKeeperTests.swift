import Synchronization
import TestSupport
import Testing

@testable import Switchboard

@Suite(.timeLimit(.minutes(1))) struct DeadlineKeeperTests {
  @Test func `each expires after the same time, in turn, and one that is disarmed never`() async throws {
    let clock = TestClock()
    let keeper = DeadlineKeeper(limit: .seconds(10), clock: clock)
    let (expired, came) = AsyncStream.makeStream(of: String.self)
    _ = keeper.arm { came.yield("first") }
    let disarmed = keeper.arm { came.yield("never") }
    await clock.untilSomebodySleeps(for: .seconds(10))
    clock.advance(by: .seconds(4))
    _ = keeper.arm { came.yield("second") }
    keeper.disarm(disarmed)
    var events = expired.makeAsyncIterator()
    clock.advance(by: .seconds(6))
    #expect(await events.next() == "first")
    await clock.expire(.seconds(4))
    #expect(await events.next() == "second")
    // It has ended its sleeper, and begins a new one.
    _ = keeper.arm { came.yield("third") }
    await clock.expire(.seconds(10))
    #expect(await events.next() == "third")
  }

  @Test func `after a stop nobody is told`() async throws {
    let clock = TestClock()
    let keeper = DeadlineKeeper(limit: .seconds(10), clock: clock)
    let told = Atomic(false)
    _ = keeper.arm { told.store(true, ordering: .relaxed) }
    await clock.untilSomebodySleeps(for: .seconds(10))
    keeper.stop()
    _ = keeper.arm { told.store(true, ordering: .relaxed) }
    clock.advance(by: .seconds(100))
    let wasTold = told.load(ordering: .relaxed)
    #expect(!wasTold)
  }
}
