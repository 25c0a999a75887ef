import Synchronization

/// Short answers of a protocol 1 line that whoever reads it gives on the spot: they are pushed beside the reader, which
/// would stop for all that waits to be written before them.
///
/// Their number is bounded by the reader, which waits with ``untilFew()`` before it reads on.
final class SideAnswers: Sendable {
  /// So many may be on their way before the reader waits.
  static let limit = 64

  private struct State {
    var pending = 0
    /// The reader, and who drains.
    var waiters: [(least: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let executor: (any TaskExecutor)?
  private let state = Mutex(State())

  /// - Parameter executor: where they are pushed. `nil`: no preference.
  init(on executor: (any TaskExecutor)? = nil) { self.executor = executor }

  /// Sends an answer. It is given to the channel on the spot; nobody waits for its end.
  func send(_ work: @escaping @Sendable () async -> Void) {
    state.withLock { $0.pending += 1 }
    Task.immediateDetached(executorPreference: executor) {
      await work()
      self.end()
    }
  }

  /// Returns when fewer than ``limit`` answers are on their way.
  func untilFew() async { await wait(until: Self.limit - 1) }

  /// Returns when no answer is on its way.
  func finish() async { await wait(until: 0) }

  private func wait(until least: Int) async {
    if state.withLock({ $0.pending <= least }) { return }
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.pending <= least { return true }
        state.waiters.append((least, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  private func end() {
    let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.pending -= 1
      guard !state.waiters.isEmpty else { return [] }
      let ready = state.waiters.filter { state.pending <= $0.least }
      state.waiters.removeAll { state.pending <= $0.least }
      return ready.map(\.continuation)
    }
    for continuation in ready { continuation.resume() }
  }
}
