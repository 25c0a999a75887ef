import HTTPWire
import PhoenixChannels
import Synchronization

/// A transport in memory. The test plays the gateway: it takes what was sent, and answers.
final class MemoryTransport: PhoenixTransport {
  private struct State {
    var closure: WebSocket.Close?
    var refusesWrites = false
  }

  private let state = Mutex(State())
  private let incoming = AsyncStream.makeStream(of: WebSocket.Message.self)
  private let outgoing = AsyncStream.makeStream(of: WebSocket.Message.self)
  private let reads = Mutex(0)

  var closure: WebSocket.Close? { state.withLock { $0.closure } }

  /// How many messages were received by the client so far.
  var readCount: Int { reads.withLock { $0 } }

  func send(_ message: WebSocket.Message) async throws {
    if state.withLock({ $0.refusesWrites }) { throw WebSocketError(.timedOut) }
    if let closure { throw WebSocketError(.closed(closure)) }
    outgoing.continuation.yield(message)
  }

  func receive() async throws -> WebSocket.Message? {
    for await message in incoming.stream {
      reads.withLock { $0 += 1 }
      return message
    }
    try Task.checkCancellation()
    return nil
  }

  func close(code: UInt16, reason: String) async {
    end(WebSocket.Close(code: code, reason: reason))
  }

  // MARK: The gateway's side

  func end(_ close: WebSocket.Close) {
    state.withLock { if $0.closure == nil { $0.closure = close } }
    incoming.continuation.finish()
    outgoing.continuation.finish()
  }

  func refuseWrites() { state.withLock { $0.refusesWrites = true } }

  func give(_ message: WebSocket.Message) { incoming.continuation.yield(message) }

  func give(_ text: String) { give(.text(text)) }

  /// The next text that the client sent.
  func taken() async -> String? {
    for await message in outgoing.stream {
      if case .text(let text) = message { return text }
      return "binary"
    }
    return nil
  }
}
