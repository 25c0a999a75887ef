package import NIOCore

/// One open WebSocket connection, in either role (RFC 6455), as whole messages. Pings are answered by it, pongs are
/// ignored.
package final class WebSocket: Sendable {
  package enum Message: Sendable, Equatable {
    case text(String)
    case binary(ByteBuffer)
  }

  /// A message to send, as octets in parts, so that who puts a head in front of a body need not join them.
  package struct Payload: Sendable, Equatable {
    package var isText: Bool
    package var head: ByteBuffer
    package var body: ByteBuffer
    /// What comes behind the body.
    package var rest: [ByteBuffer] = []

    /// A text message.
    /// - Parameter octets: must be UTF-8.
    package static func text(utf8 octets: ByteBuffer) -> Payload {
      Payload(isText: true, head: ByteBuffer(), body: octets)
    }

    /// A binary message.
    package static func binary(head: ByteBuffer, body: ByteBuffer, rest: [ByteBuffer] = []) -> Payload {
      Payload(isText: false, head: head, body: body, rest: rest)
    }

    /// The same as a message in one part.
    package var message: Message {
      guard !isText else { return .text(String(buffer: body)) }
      guard head.readableBytes > 0 || !rest.isEmpty else { return .binary(body) }
      var octets = ByteBufferAllocator().buffer(capacity: readableBytes)
      octets.writeImmutableBuffer(head)
      octets.writeImmutableBuffer(body)
      for part in rest { octets.writeImmutableBuffer(part) }
      return .binary(octets)
    }

    var readableBytes: Int { rest.reduce(head.readableBytes + body.readableBytes) { $0 + $1.readableBytes } }
  }

  /// Runs tasks on the thread of the socket's event loop: who sends and receives there changes no threads.
  package let executor: any TaskExecutor
  let channel: any Channel
  let handler: NIOLoopBound<MessageHandler>
  private let inbox: Inbox<Message>
  private let shared: WebSocketEnd

  private init(channel: any Channel, handler: MessageHandler) {
    self.channel = channel
    self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    self.inbox = handler.inbox
    self.shared = handler.end
    self.executor = LoopExecutor.of(channel.eventLoop)
  }

  deinit {
    let handler = handler
    channel.eventLoop.runHere { handler.value.letGo() }
  }

  /// Makes a WebSocket of a connection whose handshake is done. Call it on the channel's event loop, when the handlers
  /// of HTTP are gone.
  /// - Parameter rest: octets that came behind the handshake.
  package static func install(
    on channel: any Channel, settings: WebSocketSettings, clock: any Clock<Duration>, rest: ByteBuffer = ByteBuffer()
  ) throws -> WebSocket {
    let handler = MessageHandler(settings: settings, clock: clock)
    try WebSocketHandler.install(handler, on: channel, rest: rest)
    return WebSocket(channel: channel, handler: handler)
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
  package var reads: Int { shared.reads }

  /// Sends one message. Many tasks may send; each message is whole.
  package func send(_ message: Message) async throws(WebSocketError) {
    switch message {
    case .text(let text): try await send(.text(utf8: ByteBuffer(string: text)))
    case .binary(let octets): try await send(.binary(head: ByteBuffer(), body: octets))
    }
  }

  /// Sends one message, and returns when all but 64 KiB of what was sent until then are written: a peer that reads
  /// slowly slows its senders, and small messages of one turn leave together.
  ///
  /// Not cut short by a cancelled task: the write deadline, or the end of the socket, ends it. When the system has taken
  /// nothing of what is to be written for that time, the socket is closed, whether a sender waits or not.
  package func send(_ payload: Payload) async throws(WebSocketError) {
    let handler = handler
    if channel.eventLoop.inEventLoop {
      if try handler.value.send(payload) { return }
      try await withCheckedContinuation { (waiter: FrameWriter.Waiter) in
        handler.value.wait(waiter)
      }.get()
    } else {
      try await withCheckedContinuation { (waiter: FrameWriter.Waiter) in
        channel.eventLoop.execute {
          do throws(WebSocketError) {
            _ = try handler.value.send(payload)
            handler.value.wait(waiter)
          } catch {
            waiter.resume(returning: .failure(error))
          }
        }
      }.get()
    }
  }

  /// Sends the close frame, waits for the peer's at most for the close deadline, then ends the TCP connection.
  ///
  /// May be called many times; the first call decides about the code. What the peer still sends is dropped.
  /// - Parameters:
  ///   - code: 1000 to 1003, 1007 to 1014 or 3000 to 4999; 1005 sends a close frame without a code; any other
  ///     ends the connection without a close frame.
  ///   - reason: cut to 123 octets, at a character.
  package func close(code: UInt16, reason: String) async {
    let (channel, handler) = (channel, handler)
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      channel.eventLoop.runHere {
        handler.value.close(Close(code: code, reason: reason))
        channel.closeFuture.whenComplete { _ in continuation.resume() }
      }
    }
  }

  typealias SendResult = Result<Void, WebSocketError>
}
