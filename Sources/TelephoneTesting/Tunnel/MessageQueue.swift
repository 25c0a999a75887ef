import HTTPWire
import NIOCore
import Synchronization

/// One direction of a ``MemoryTransport``: bounded in octets, with one reader.
final class MessageQueue: Sendable {
  private struct Blocked {
    var id: Int
    var message: WebSocket.Message
    var continuation: CheckedContinuation<Bool, any Error>
  }

  private struct State {
    var messages: [WebSocket.Message] = []
    var octets = 0
    var lastID = 0
    var isFinished = false
    /// Senders whose messages do not fit yet, the first come first.
    var blocked: [Blocked] = []
    var reader: CheckedContinuation<WebSocket.Message?, any Error>?
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  /// - Returns: whether the message is in the queue; `false` if that has ended.
  func put(_ message: WebSocket.Message) async throws -> Bool {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, reader) = state.withLock {
          state -> (Result<Bool, any Error>?, CheckedContinuation<WebSocket.Message?, any Error>?) in
          if Task.isCancelled { return (.failure(CancellationError()), nil) }
          if state.isFinished { return (.success(false), nil) }
          if let reader = state.reader.take() { return (.success(true), reader) }
          guard state.blocked.isEmpty, fits(message, state) else {
            state.blocked.append(Blocked(id: id, message: message, continuation: continuation))
            return (nil, nil)
          }
          state.messages.append(message)
          state.octets += message.octets
          return (.success(true), nil)
        }
        reader?.resume(returning: message)
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let sender = state.withLock { state -> Blocked? in
        guard let index = state.blocked.firstIndex(where: { $0.id == id }) else { return nil }
        return state.blocked.remove(at: index)
      }
      sender?.continuation.resume(throwing: CancellationError())
    }
  }

  /// The next message; `nil` at the end.
  func take() async throws -> WebSocket.Message? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, admitted) = state.withLock {
          state -> (Result<WebSocket.Message?, any Error>?, [Blocked]) in
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          guard !state.messages.isEmpty else {
            if state.isFinished { return (.success(nil), []) }
            state.reader = continuation
            return (nil, [])
          }
          let message = state.messages.removeFirst()
          state.octets -= message.octets
          return (.success(message), admit(&state))
        }
        if let result { continuation.resume(with: result) }
        for sender in admitted { sender.continuation.resume(returning: true) }
      }
    } onCancel: {
      state.withLock { $0.reader.take() }?.resume(throwing: CancellationError())
    }
  }

  /// Takes nothing more. What is in the queue can be read to its end, unless it is dropped.
  func finish(dropping: Bool) {
    let (blocked, reader) = state.withLock { state in
      state.isFinished = true
      if dropping {
        state.messages = []
        state.octets = 0
      }
      defer { state.blocked = [] }
      return (state.blocked, state.reader.take())
    }
    for sender in blocked { sender.continuation.resume(returning: false) }
    reader?.resume(returning: nil)
  }

  private func fits(_ message: WebSocket.Message, _ state: State) -> Bool {
    state.messages.isEmpty || state.octets + message.octets <= limit
  }

  private func admit(_ state: inout State) -> [Blocked] {
    var admitted: [Blocked] = []
    while let next = state.blocked.first, fits(next.message, state) {
      state.blocked.removeFirst()
      state.messages.append(next.message)
      state.octets += next.message.octets
      admitted.append(next)
    }
    return admitted
  }
}

extension WebSocket.Message {
  fileprivate var octets: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .binary(let bytes): bytes.readableBytes
    }
  }
}
