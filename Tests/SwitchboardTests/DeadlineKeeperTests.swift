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

  /// Notes each sleep; the first lasts until it is cancelled.
  private final class SleepCounter: Clock {
    typealias Instant = TestClock.Instant
    let sleeps = Atomic(0)
    let minimumResolution = Duration.nanoseconds(1)
    private let onCancel: @Sendable () -> Void
    private let begun: AsyncStream<Void>.Continuation

    init(begun: AsyncStream<Void>.Continuation, onCancel: @escaping @Sendable () -> Void) {
      self.begun = begun
      self.onCancel = onCancel
    }

    /// The second sleep is taken for a very long one.
    var now: Instant { TestClock().now.advanced(by: sleeps.load(ordering: .relaxed) > 1 ? .seconds(1000) : .zero) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
      guard sleeps.add(1, ordering: .relaxed).newValue == 1 else { return }
      begun.finish()
      let (never, end) = AsyncStream.makeStream(of: Void.self)
      for await _ in never {}
      end.finish()
      onCancel()
      throw CancellationError()
    }
  }

  @Test func `what is armed after a stop does not keep the sleeper busy`() async throws {
    let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
    let holder = Mutex<DeadlineKeeper?>(nil)
    let clock = SleepCounter(begun: continuation) { _ = holder.withLock { $0.take() }?.arm {} }
    weak var ended: DeadlineKeeper?
    do {
      let keeper = DeadlineKeeper(limit: .seconds(10), clock: clock)
      ended = keeper
      holder.withLock { $0 = keeper }
      _ = keeper.arm {}
      for await _ in begun {}
      keeper.stop()
    }
    while ended != nil { await Task.yield() }
    #expect(clock.sleeps.load(ordering: .relaxed) == 1)
  }
}
