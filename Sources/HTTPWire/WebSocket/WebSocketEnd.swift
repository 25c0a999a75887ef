import Synchronization

/// The one thing that both the event loop and the callers look at.
final class WebSocketEnd: Sendable {
  private struct State {
    var close: WebSocket.Close?
    var isPeers = false
  }

  private let readCount = Atomic(0)
  private let state = Mutex(State())

  /// How many times octets came in.
  var reads: Int { readCount.load(ordering: .relaxed) }

  func countRead() { readCount.add(1, ordering: .relaxed) }

  var closure: WebSocket.Close? { state.withLock { $0.close } }

  /// Whether the peer ended it with a close frame.
  var isPeers: Bool { state.withLock { $0.isPeers } }

  /// The first one counts.
  func set(_ close: WebSocket.Close, isPeers: Bool = false) {
    state.withLock { state in
      guard state.close == nil else { return }
      state.close = close
      state.isPeers = isPeers
    }
  }
}
