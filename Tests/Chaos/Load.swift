import Synchronization

/// Clients that always have so many exchanges in flight, until they are told to pause or to stop.
final class Load: Sendable {
  private struct State {
    var isPaused = true
    var isOver = false
    var busy = 0
    var lastID = 0
  }

  private let port: Int
  private let seed: UInt64
  private let book: LedgerBook
  private let state = Mutex(State())

  init(port: Int, seed: UInt64, book: LedgerBook) {
    self.port = port
    self.seed = seed
    self.book = book
  }

  /// Runs so many clients until ``stop()``.
  func run(_ count: Int) async {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<count { group.addTask { await self.client(number) } }
    }
  }

  func resume() { state.withLock { $0.isPaused = false } }

  /// Begins no new exchange, and returns when the last one has ended.
  /// - Returns: whether they have in time.
  func pause(within limit: Duration = Pace.exchangeLimit + .seconds(5)) async -> Bool {
    state.withLock { $0.isPaused = true }
    return await Poll.isSo(within: limit) { state.withLock { $0.busy } == 0 }
  }

  func stop() { state.withLock { $0.isOver = true } }

  private func client(_ number: Int) async {
    var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 7_919)
    let caller = Caller(port: port)
    while !Task.isCancelled, !state.withLock({ $0.isOver }) {
      guard let id = begin() else {
        try? await Task.sleep(for: .milliseconds(10))
        continue
      }
      let errand = Errand.draw(id: id, using: &generator)
      book.note { ledger, now in ledger.began(id, errand.kind, at: now) }
      let end = await caller.run(errand)
      book.note { ledger, now in ledger.ended(id, end, at: now) }
      state.withLock { $0.busy -= 1 }
      // Nobody calls a gateway that is down as fast as it can refuse.
      if end == .unreachable || end == .refused(503) { try? await Task.sleep(for: .milliseconds(50)) }
    }
    caller.close()
  }

  private func begin() -> Int? {
    state.withLock { state in
      guard !state.isPaused else { return nil }
      state.busy += 1
      state.lastID += 1
      return state.lastID
    }
  }
}
