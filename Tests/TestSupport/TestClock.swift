import Synchronization

/// A clock that stands still until a test moves it. A test waits until somebody sleeps, then advances.
package final class TestClock: Clock, Sendable {
  package struct Instant: InstantProtocol {
    package var offset: Duration

    package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    package func duration(to other: Instant) -> Duration { other.offset - offset }
    package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    var deadline: Instant
    var limit: Duration
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(offset: .zero)
    var lastID = 0
    var sleepers: [Int: Sleeper] = [:]
    var watchers: [Int: (limit: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]

    mutating func newID() -> Int {
      lastID += 1
      return lastID
    }
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Instant { state.withLock { $0.now } }
  package var minimumResolution: Duration { .nanoseconds(1) }

  package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { $0.newID() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, watchers) = state.withLock {
          state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          if deadline <= state.now { return (.success(()), []) }
          let limit = state.now.duration(to: deadline)
          state.sleepers[id] = Sleeper(deadline: deadline, limit: limit, continuation: continuation)
          let ready = state.watchers.filter { $0.value.limit == limit }
          for id in ready.keys { state.watchers[id] = nil }
          return (nil, ready.values.map(\.continuation))
        }
        if let result { continuation.resume(with: result) }
        for watcher in watchers { watcher.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Returns when somebody sleeps who went to sleep for exactly `limit`, or the task is cancelled.
  package func untilSomebodySleeps(for limit: Duration) async {
    let id = state.withLock { $0.newID() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          if Task.isCancelled || state.sleepers.values.contains(where: { $0.limit == limit }) { return true }
          state.watchers[id] = (limit, continuation)
          return false
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume()
    }
  }

  /// Moves the time, and wakes who is due.
  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for id in due.keys { state.sleepers.removeValue(forKey: id) }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  /// Waits until somebody sleeps for `limit`, then lets that time pass, if the task is not cancelled.
  package func expire(_ limit: Duration) async {
    await untilSomebodySleeps(for: limit)
    if !Task.isCancelled { advance(by: limit) }
  }

  /// Runs a body, while `limit` passes whenever somebody sleeps for it.
  package func expiring<Value>(_ limit: Duration, while body: () async throws -> Value) async rethrows -> Value {
    async let _: Void = { while !Task.isCancelled { await expire(limit) } }()
    let value = try await body()
    // What was begun by `async let` is cancelled and awaited here.
    return value
  }
}
