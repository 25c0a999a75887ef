package import Foundation
import Synchronization
package import TelephoneKit

/// A clock that nobody waits for. It stands still while anything can go on, and moves to the next deadline when nothing can.
///
/// It is the executor of the exchange, too, which is how it knows: all tasks of the exchange, and the background work of
/// its stages, run one after the other in its queue. When the queue is empty each of them waits for another, for the time,
/// or for something outside. Then:
///
/// - If the stub sleeps (a delay or a pause that a file asked for), the time moves to the earliest deadline of all, be it
///   the stub's or that of a stage that limits it. The tasks that wake have their turn before it moves again.
/// - If only stages sleep, something outside might still come: a file that another thread reads. So nothing moves until
///   nothing has happened for ``patience``; this is the only real time that passes.
/// - Background work alone moves nothing: it sleeps as long as the pipeline lives.
///
/// Given the same requests and stages that stay in their tasks, it does the same each time.
package final class RehearsalClock: Clock {
  package typealias Instant = ManualClock.Instant

  /// Who sleeps.
  enum Sleeper {
    case background
    case stage
    case stub
  }

  /// Says who sleeps, in the tasks of an exchange.
  @TaskLocal static var sleeper = Sleeper.background

  struct Sleep {
    var deadline: Instant
    var sleeper: Sleeper
  }

  struct State {
    var sleeps: [Int: Sleep] = [:]
    var nextSleep = 0
    /// What waits for its turn, the first first.
    var jobs: [UnownedJob] = []
    var isRunning = false
    /// Grows with all that happens.
    var activity = 0
    /// Those who wait until the queue is empty.
    var settling: [CheckedContinuation<Void, Never>] = []
  }

  /// How long nothing happens before the time moves for stages.
  static let patience = Duration.milliseconds(50)
  /// The most deadlines at which ``advance(by:)`` stops on its way.
  static let mostStops = 10_000

  let manual = ManualClock()
  let state = Mutex(State())
  /// The date at the beginning.
  package let start: Date

  package init(start: Date) { self.start = start }

  package var now: Instant { manual.now }
  package var minimumResolution: Duration { .zero }
  /// The date of now.
  package var date: Date { start.addingTimeInterval(now.offset.inSeconds) }

  package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let id = state.withLock { state in
      state.nextSleep += 1
      state.activity += 1
      state.sleeps[state.nextSleep] = Sleep(deadline: deadline, sleeper: Self.sleeper)
      return state.nextSleep
    }
    defer { state.withLock { _ = $0.sleeps.removeValue(forKey: id) } }
    waitPatiently()
    try await manual.sleep(until: deadline)
  }

  /// Moves the time on by hand, from deadline to deadline, and lets all who wake have their turn.
  package func advance(by duration: Duration) async {
    let end = now.advanced(by: duration)
    for _ in 0..<Self.mostStops {
      let next = state.withLock { $0.sleeps.values.lazy.map(\.deadline).min() }
      guard let next, next > now, next < end else { break }
      manual.advance(by: now.duration(to: next))
      await settle()
    }
    manual.advance(by: now.duration(to: end))
    await settle()
  }

  /// Waits until the queue is empty.
  func settle() async {
    await withCheckedContinuation { continuation in
      let isQuiet = state.withLock { state in
        if state.isRunning { state.settling.append(continuation) }
        return !state.isRunning
      }
      if isQuiet { continuation.resume() }
    }
  }
}
