import Synchronization
public import TelephoneKit

/// The two ends of a WebSocket in memory: what one sends, the other receives.
///
/// ```swift
/// let backend = WebSocketPair()
/// let response = Response(status: .switchingProtocols, webSocket: backend.inner)
/// // … the test is the server:
/// let frame = try await backend.outer.receive()
/// ```
public struct WebSocketPair: Sendable {
  /// The end that the program under test is given.
  public let inner: MemoryWebSocket
  /// The end that the test holds.
  public let outer: MemoryWebSocket

  /// - Parameter capacity: the frames that wait in one direction before a sender waits, at least 1. Default: 16.
  public init(capacity: Int = 16) {
    let inward = MemoryWebSocket.Lane(capacity: capacity)
    let outward = MemoryWebSocket.Lane(capacity: capacity)
    inner = MemoryWebSocket(reads: inward, writes: outward)
    outer = MemoryWebSocket(reads: outward, writes: inward)
  }
}

/// One end of a ``WebSocketPair``.
public final class MemoryWebSocket: WebSocketPeer {
  /// What the calls at either end throw after an abort.
  public struct Broken: Error, Equatable {
    public init() {}
  }

  private let reads: Lane
  private let writes: Lane
  private let abortion = Mutex<(any Error)?>(nil)

  init(reads: Lane, writes: Lane) {
    self.reads = reads
    self.writes = writes
  }

  /// What this end was aborted with first; `nil` if it was not.
  public var abortedBy: (any Error)? { abortion.withLock { $0 } }

  /// The frames that were sent here and not received yet.
  public var unread: Int { reads.count }

  public func receive() async throws -> WebSocketFrame { try await reads.take() }

  public func send(_ frame: WebSocketFrame) async throws { try await writes.put(frame) }

  public func abort(_ error: any Error) async {
    abortion.withLock { $0 = $0 ?? error }
    reads.fail()
    writes.fail()
  }

  /// Waits until a receiver waits at this end.
  package func isAwaited() async { await reads.takerWaits() }

  /// Waits until a sender waits at this end because nobody receives at the other.
  package func isHeld() async { await writes.putterWaits() }
}

extension MemoryWebSocket {
  /// One direction.
  final class Lane: Sendable {
    private struct State {
      var frames: [WebSocketFrame] = []
      var isBroken = false
    }

    private let state = Mutex(State())
    /// A permit for each frame that is there, and for each that still finds room.
    private let filled = Gate()
    private let free = Gate()

    init(capacity: Int) { free.admit(max(1, capacity)) }

    var count: Int { state.withLock { $0.frames.count } }

    func put(_ frame: WebSocketFrame) async throws {
      try await free.enter()
      let isBroken = state.withLock { state in
        if !state.isBroken { state.frames.append(frame) }
        return state.isBroken
      }
      if isBroken { throw Broken() }
      filled.admit()
    }

    /// What was put before the end broke is still there to be taken.
    func take() async throws -> WebSocketFrame {
      try await filled.enter()
      guard let frame = state.withLock({ $0.frames.isEmpty ? nil : $0.frames.removeFirst() }) else { throw Broken() }
      free.admit()
      return frame
    }

    func fail() {
      state.withLock { $0.isBroken = true }
      filled.open()
      free.open()
    }

    func takerWaits() async { await filled.waiting(1) }
    func putterWaits() async { await free.waiting(1) }
  }
}
