import NIOCore
import Synchronization

/// Watches one write: when it is not done after a time, `onExpiry` is called (which closes the connection).
///
/// A write that the socket takes at once costs no timer.
final class WriteWatch: Sendable {
  private struct State {
    var done = false
    var expired = false
    var timer: Task<Void, Never>?
  }

  private let state = Mutex(State())

  /// Whether the time was up before the write was done.
  var expired: Bool { state.withLock { $0.expired } }

  /// Starts to watch. Call it on the event loop of the write, right after the write.
  func watch(
    _ write: EventLoopFuture<Void>, limit: Duration, clock: any Clock<Duration>,
    onExpiry: @escaping @Sendable () -> Void
  ) {
    write.whenComplete { _ in
      let timer = self.state.withLock { state in
        state.done = true
        return state.timer.take()
      }
      timer?.cancel()
    }
    guard !state.withLock({ $0.done }) else { return }
    let timer = Task {
      do { try await clock.sleep(for: limit) } catch { return }
      let late = self.state.withLock { state in
        guard !state.done else { return false }
        state.expired = true
        return true
      }
      if late { onExpiry() }
    }
    let over = state.withLock { state in
      if !state.done { state.timer = timer }
      return state.done
    }
    if over { timer.cancel() }
  }
}
