package import HTTPWire
import PhoenixChannels
import Synchronization

/// One of two ends of a connection in memory, as a WebSocket would be: what one sends, the other receives, in order.
///
/// Each direction holds at most so many octets; a sender waits while its message does not fit. A message that is larger
/// than that goes alone.
package final class MemoryTransport: PhoenixTransport {
  private let outbound: MessageQueue
  private let inbound: MessageQueue
  private let end: ConnectionEnd

  private init(outbound: MessageQueue, inbound: MessageQueue, end: ConnectionEnd) {
    self.outbound = outbound
    self.inbound = inbound
    self.end = end
  }

  /// Two ends that are connected with each other.
  /// - Parameter limit: how many octets may wait in each direction. Default 1 MiB.
  package static func pair(limit: Int = 1 << 20) -> (MemoryTransport, MemoryTransport) {
    let there = MessageQueue(limit: limit)
    let back = MessageQueue(limit: limit)
    let end = ConnectionEnd()
    return (
      MemoryTransport(outbound: there, inbound: back, end: end),
      MemoryTransport(outbound: back, inbound: there, end: end)
    )
  }

  /// How the connection ended, seen alike from both ends; `nil` while it is open.
  package var closure: WebSocket.Close? { end.closure }

  /// Returns when the message is on its way.
  /// - Throws: ``WebSocketError`` if the connection has ended; `CancellationError` if the task is cancelled while the
  ///   message waits for room.
  package func send(_ message: WebSocket.Message) async throws {
    guard try await outbound.put(message) else { throw WebSocketError(.closed(closure)) }
  }

  /// The next message; `nil` at the end. What was sent before the other end closed is still received.
  /// - Throws: `CancellationError` when the task is cancelled.
  package func receive() async throws -> WebSocket.Message? {
    try await inbound.take()
  }

  /// Ends the connection for both. The first call decides about the code.
  package func close(code: UInt16, reason: String) async {
    end.set(WebSocket.Close(code: code, reason: reason))
    outbound.finish(dropping: false)
    inbound.finish(dropping: true)
  }

  /// The line is cut: both ends see 1006, and what is on its way is lost.
  package func vanish() {
    end.set(WebSocket.Close(code: 1006))
    outbound.finish(dropping: true)
    inbound.finish(dropping: true)
  }
}

/// The one thing that both ends look at.
private final class ConnectionEnd: Sendable {
  private let state = Mutex<WebSocket.Close?>(nil)

  var closure: WebSocket.Close? { state.withLock { $0 } }

  func set(_ close: WebSocket.Close) {
    state.withLock { if $0 == nil { $0 = close } }
  }
}
