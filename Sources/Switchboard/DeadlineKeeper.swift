import Synchronization
import TelephoneKit

/// Tells many waits that their time is up: one sleeping task for all of them, instead of one for each.
///
/// All waits are equally long, so they expire in the order in which they were armed.
final class DeadlineKeeper: Sendable {
  /// One armed wait.
  struct Ticket: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  private struct State {
    var lastNumber: UInt64 = 0
    var armed: [UInt64: (due: Duration, onExpiry: @Sendable () -> Void)] = [:]
    var sleeper: Task<Void, Never>?
    var isStopped = false
  }

  private let limit: Duration
  private let clock: any Clock<Duration>
  private let elapsed: @Sendable () -> Duration
  private let state = Mutex(State())

  /// - Parameter limit: how long each wait may take.
  init(limit: Duration, clock: any Clock<Duration>) {
    self.limit = limit
    self.clock = clock
    self.elapsed = stopwatch(clock)
  }

  /// Calls `onExpiry` when the limit has passed from now on, unless ``disarm(_:)`` came first. Nothing more is called
  /// after ``stop()``.
  func arm(_ onExpiry: @escaping @Sendable () -> Void) -> Ticket {
    let due = elapsed() + limit
    return state.withLock { state in
      state.lastNumber += 1
      guard !state.isStopped else { return Ticket(number: state.lastNumber) }
      state.armed[state.lastNumber] = (due, onExpiry)
      if state.sleeper == nil { state.sleeper = Task { await self.run() } }
      return Ticket(number: state.lastNumber)
    }
  }

  func disarm(_ ticket: Ticket) {
    state.withLock { _ = $0.armed.removeValue(forKey: ticket.number) }
  }

  func stop() {
    let sleeper = state.withLock { state in
      state.isStopped = true
      state.armed = [:]
      return state.sleeper
    }
    sleeper?.cancel()
  }

  /// Sleeps to the next deadline, again and again, until none is armed. It is not woken when one is disarmed, so it is
  /// not busy when waits are many and short.
  private func run() async {
    while true {
      let now = elapsed()
      let (due, next) = state.withLock { state -> ([@Sendable () -> Void], Duration?) in
        let numbers = state.armed.filter { $0.value.due <= now }.keys.sorted()
        let due = numbers.compactMap { state.armed.removeValue(forKey: $0)?.onExpiry }
        let next = state.armed.values.map(\.due).min()
        if next == nil, due.isEmpty { state.sleeper = nil }
        return (due, next)
      }
      for onExpiry in due { onExpiry() }
      if let next {
        try? await clock.sleep(for: next - now)
      } else if due.isEmpty {
        return
      }
    }
  }
}
