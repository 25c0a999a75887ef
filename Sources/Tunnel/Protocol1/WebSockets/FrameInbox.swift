import NIOCore
import Synchronization
import TelephoneKit

/// What came for one end of a WebSocket and waits to be received, in bounds.
final class FrameInbox: Sendable {
  /// What one frame counts beside its octets.
  private static let overhead = 64

  private struct State {
    var frames = CircularBuffer<WebSocketFrame>()
    var waiting = 0
    /// Nothing is put any more.
    var isClosed = false
    var error: (any Error)?
    var receiver: CheckedContinuation<WebSocketFrame, any Error>?
  }

  private let bound: Int
  private let state = Mutex(State())

  /// - Parameter bound: octets that may wait; one frame may wait alone, however large.
  init(bound: Int) { self.bound = bound }

  /// Puts a frame; a close is the last. What comes after it is dropped.
  /// - Returns: `false` if there is no room.
  func put(_ frame: WebSocketFrame) -> Bool {
    let (hasRoom, receiver) = state.withLock { state -> (Bool, CheckedContinuation<WebSocketFrame, any Error>?) in
      guard !state.isClosed else { return (true, nil) }
      if case .close = frame { state.isClosed = true }
      if let receiver = state.receiver {
        state.receiver = nil
        return (true, receiver)
      }
      let cost = Self.cost(of: frame)
      guard state.isClosed || state.frames.isEmpty || state.waiting + cost <= bound else { return (false, nil) }
      state.frames.append(frame)
      state.waiting += cost
      return (true, nil)
    }
    receiver?.resume(returning: frame)
    return hasRoom
  }

  /// Drops what waits; whoever receives, now or later, gets the error. The first error stays.
  func fail(_ error: any Error) {
    let receiver = state.withLock { state in
      state.error = state.error ?? error
      state.isClosed = true
      state.frames.removeAll()
      state.waiting = 0
      defer { state.receiver = nil }
      return state.receiver
    }
    receiver?.resume(throwing: error)
  }

  /// The next frame. One receiver at a time.
  func next() async throws -> WebSocketFrame {
    if let frame = try state.withLock({ try Self.take(&$0) }) { return frame }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<WebSocketFrame, any Error>? in
          do {
            if let frame = try Self.take(&state) { return .success(frame) }
          } catch {
            return .failure(error)
          }
          guard !Task.isCancelled, state.receiver == nil else { return .failure(CancellationError()) }
          state.receiver = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let receiver = state.withLock { state in
        defer { state.receiver = nil }
        return state.receiver
      }
      receiver?.resume(throwing: CancellationError())
    }
  }

  private static func take(_ state: inout State) throws -> WebSocketFrame? {
    if let error = state.error { throw error }
    guard let frame = state.frames.popFirst() else { return nil }
    state.waiting -= cost(of: frame)
    return frame
  }

  private static func cost(of frame: WebSocketFrame) -> Int {
    switch frame {
    case .data(_, let bytes, _), .ping(let bytes), .pong(let bytes): bytes.readableBytes + overhead
    case .close: overhead
    }
  }
}
