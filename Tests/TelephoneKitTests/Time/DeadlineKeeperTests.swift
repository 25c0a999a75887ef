import Synchronization
import TelephoneKit
import Testing

@testable import TelephoneKit

@Suite(.timeLimit(.minutes(1)))
struct DeadlineKeeperTests {
  /// Tells how often it was told.
  private final class Told: Deadlined {
    let count = Mutex(0)
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var isTold: Bool { count.withLock { $0 } > 0 }

    func deadlinePassed() {
      count.withLock { $0 += 1 }
      continuation.yield()
    }

    func wait() async { for await _ in stream { return } }
  }

  /// A manual clock that counts who slept on it.
  private final class CountingClock: Clock {
    let inner = ManualClock()
    let sleeps = Mutex(0)

    var now: ManualClock.Instant { inner.now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ManualClock.Instant, tolerance: Duration?) async throws {
      sleeps.withLock { $0 += 1 }
      try await inner.sleep(until: deadline, tolerance: tolerance)
    }
  }

  @Test func `one task sleeps for all, until the earliest`() async {
    let clock = CountingClock()
    let keeper = DeadlineKeeper(Timeline(clock))
    let early = Told()
    let late = (0..<100).map { _ in Told() }
    keeper.set(keeper.add(early), .seconds(10))
    for told in late { keeper.set(keeper.add(told), .seconds(20)) }
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(10))
    await early.wait()
    #expect(!late.contains { $0.isTold })
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(10))
    for told in late { await told.wait() }
    #expect(early.count.withLock { $0 } == 1)
    #expect(clock.sleeps.withLock { $0 } == 2)
  }

  @Test func `a deadline that moves away wakes nobody, and one that comes nearer counts`() async {
    let clock = CountingClock()
    let keeper = DeadlineKeeper(Timeline(clock))
    let (moved, nearer) = (Told(), Told())
    let place = keeper.add(moved)
    keeper.set(place, .seconds(10))
    for seconds in 11...30 { keeper.set(place, .seconds(seconds)) }
    await clock.inner.sleepers(1)
    #expect(clock.sleeps.withLock { $0 } == 1)
    keeper.set(keeper.add(nearer), .seconds(5))
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(5))
    await nearer.wait()
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(24))
    #expect(!moved.isTold)
    clock.inner.advance(by: .seconds(1))
    await moved.wait()
  }

  @Test func `who left, and who has no deadline, is not told; a place is used again`() async {
    let clock = ManualClock()
    let keeper = DeadlineKeeper(Timeline(clock))
    let (gone, without, told) = (Told(), Told(), Told())
    let place = keeper.add(gone)
    keeper.set(place, .seconds(1))
    keeper.remove(place)
    keeper.remove(place)
    let second = keeper.add(without)
    #expect(second == place)
    keeper.set(second, .seconds(2))
    keeper.set(second, nil)
    keeper.set(keeper.add(told), .seconds(3))
    await clock.sleepers(1)
    clock.advance(by: .seconds(3))
    await told.wait()
    #expect(!gone.isTold && !without.isTold)
  }

  @Test func `with nobody left it sleeps no more, and begins again when somebody comes`() async {
    let clock = CountingClock()
    let keeper = DeadlineKeeper(Timeline(clock))
    let first = Told()
    keeper.set(keeper.add(first), .seconds(1))
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(1))
    await first.wait()
    #expect(clock.sleeps.withLock { $0 } == 1)
    let second = Told()
    keeper.set(keeper.add(second), .seconds(5))
    await clock.inner.sleepers(1)
    clock.inner.advance(by: .seconds(4))
    await second.wait()
    #expect(clock.sleeps.withLock { $0 } == 2)
  }

  @Test func `after a stop nobody is told`() async {
    let clock = CountingClock()
    let keeper = DeadlineKeeper(Timeline(clock))
    let told = Told()
    keeper.set(keeper.add(told), .seconds(1))
    keeper.stop()
    keeper.set(keeper.add(told), .seconds(1))
    clock.inner.advance(by: .seconds(10))
    #expect(!told.isTold)
  }
}
