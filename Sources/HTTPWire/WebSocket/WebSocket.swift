package import NIOCore
import NIOWebSocket
import Synchronization

/// One open WebSocket connection, in either role (RFC 6455). Pings are answered by it, pongs are ignored.
package final class WebSocket: Sendable {
  package enum Message: Sendable, Equatable {
    case text(String)
    case binary(ByteBuffer)
  }

  /// How a WebSocket ended.
  package struct Close: Sendable, Equatable {
    /// The code of the close frame; 1005 when the frame had none, 1006 when the peer vanished without one.
    package var code: UInt16
    package var reason: String

    package init(code: UInt16, reason: String = "") {
      self.code = code
      self.reason = reason
    }
  }

  /// The slowest peer that is waited for, in octets a second: a write's deadline grows by what is to be written.
  package static let slowestRate = 64 * 1024

  private let channel: any Channel
  private let handler: NIOLoopBound<WebSocketHandler>
  private let inbox: Inbox<Message>
  private let shared: WebSocketEnd

  /// Call on the channel's event loop.
  init(channel: any Channel, handler: WebSocketHandler) {
    self.channel = channel
    self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    self.inbox = handler.inbox
    self.shared = handler.end
  }

  deinit {
    channel.close(promise: nil)
  }

  /// The next message; nil at the end, however it ended (see ``closure``). One consumer at a time.
  ///
  /// Nothing more is read from the connection while messages that nobody takes fill the buffer.
  /// Text that is not UTF-8 closes the socket with 1007, a message over the limit with 1009, a broken rule of
  /// the protocol with 1002.
  /// - Throws: `CancellationError` only, when the task is cancelled while it waits. No message is lost then.
  package func receive() async throws -> Message? {
    try await inbox.next()
  }

  /// Why it ended; nil while it is open. Set before ``receive()`` returns nil.
  ///
  /// It is what the peer sent in its close frame; or the code with which we closed because the peer broke the
  /// protocol; or 1006.
  package var closure: Close? { shared.closure }

  /// How often octets came in so far, of whatever frame, also of one that is not whole yet: what shows that the peer is
  /// still there.
  package var reads: Int { shared.reads.load(ordering: .relaxed) }

  /// Sends one message, and waits until the octets are written. Many tasks may send; each message is whole.
  ///
  /// Not cut short by a cancelled task: the write deadline, or the end of the socket, ends it. The deadline is the
  /// configured time, and a second more for each 64 KiB that are still to be written.
  package func send(_ message: Message) async throws(WebSocketError) {
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<SendResult, Never>) in
      channel.eventLoop.execute {
        self.handler.value.send(message) { continuation.resume(returning: $0) }
      }
    }
    try result.get()
  }

  /// Sends the close frame, waits for the peer's at most for the close deadline, then ends the TCP connection.
  ///
  /// May be called many times; the first call decides about the code. What the peer still sends is dropped.
  /// - Parameters:
  ///   - code: 1000 to 1003, 1007 to 1014 or 3000 to 4999; 1005 sends a close frame without a code; any other
  ///     ends the connection without a close frame.
  ///   - reason: cut to 123 octets, at a character.
  package func close(code: UInt16, reason: String) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      channel.eventLoop.execute {
        self.handler.value.close(Close(code: code, reason: reason))
        self.channel.closeFuture.whenComplete { _ in continuation.resume() }
      }
    }
  }

  typealias SendResult = Result<Void, WebSocketError>
}

/// The one thing that both the event loop and the callers look at.
final class WebSocketEnd: Sendable {
  /// Counts the times that octets came in.
  let reads = Atomic(0)
  private let state = Mutex<WebSocket.Close?>(nil)

  var closure: WebSocket.Close? { state.withLock { $0 } }

  /// The first one counts.
  func set(_ close: WebSocket.Close) {
    state.withLock { if $0 == nil { $0 = close } }
  }
}
