import HTTPWire
import Synchronization

/// Whether heartbeats that were not answered in time are only held up by what moves before them: large messages in our
/// own queue, or one of the gateway's.
final class Headway: Sendable {
  /// A message of the gateway's counts if at least one part in so many of what came since the last look is of it: not
  /// the chance piece of one that belongs to many small ones.
  private static let part = 10

  private struct State {
    /// What was given to the socket before the heartbeats.
    var front = 0
    var last = WebSocket.Flow()
  }

  private let state = Mutex(State())

  /// The heartbeats are given to the socket now.
  /// - Parameter flow: of the socket before.
  func begin(_ flow: WebSocket.Flow) {
    state.withLock { $0 = State(front: flow.given, last: flow) }
  }

  /// Looks whether something has moved since the last look, or since the beginning.
  /// - Returns: whether the answers need not have come yet.
  func isHeldUp(_ now: WebSocket.Flow) -> Bool {
    state.withLock { state in
      let last = state.last
      state.last = now
      // The heartbeats had not left at the last look.
      if last.sent < state.front, now.sent > last.sent { return true }
      let came = now.received - last.received
      return came > 0 && min(now.unfinished, came) * Self.part >= came
    }
  }
}
