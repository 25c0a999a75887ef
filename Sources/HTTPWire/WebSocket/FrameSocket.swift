package import NIOCore

/// One open WebSocket connection, in either role (RFC 6455), piece by piece as the frames come: what a relay needs.
///
/// Pings, pongs and the close are handed over and not answered. A frame of up to 64 KiB comes whole, a larger one in
/// fragments as its octets arrive. Text is not checked to be UTF-8; all else of the protocol is.
package final class FrameSocket: Sendable {
  /// Runs tasks on the thread of the socket's event loop: who sends and receives there changes no threads.
  package let executor: any TaskExecutor
  private let channel: any Channel
  private let handler: NIOLoopBound<FrameHandler>
  private let inbox: Inbox<WebSocketPiece>
  private let shared: WebSocketEnd

  private init(channel: any Channel, handler: FrameHandler) {
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
  ) throws -> FrameSocket {
    let handler = FrameHandler(settings: settings, clock: clock)
    try WebSocketHandler.install(handler, on: channel, rest: rest)
    return FrameSocket(channel: channel, handler: handler)
  }

  /// Why it ended; nil while it is open. As ``WebSocket/closure``.
  package var closure: WebSocket.Close? { shared.closure }

  /// The next piece; nil after the peer's close, which is the last one. One consumer at a time.
  ///
  /// Nothing more is read from the connection while pieces that nobody takes fill the buffer.
  /// - Throws: ``WebSocketError`` of kind `closed` when the connection ended without a close frame (1006), or because
  ///   the peer broke the protocol (it got a close frame with 1002 or 1007, if ours was not out before). `CancellationError` when the task is
  ///   cancelled while it waits; nothing is lost then.
  package func receive() async throws -> WebSocketPiece? {
    if let piece = try await inbox.next() { return piece }
    guard shared.isPeers else { throw WebSocketError(.closed(shared.closure)) }
    return nil
  }

  /// Sends a piece, and returns when all but 64 KiB of what was sent until then are written. Send from one task.
  ///
  /// A close ends our direction: pieces of the peer still come, up to its own close. After both the connection is
  /// ended: by the server at once, by the client when the server has not after the close deadline. For the deadline of
  /// writes see ``WebSocket/send(_:)-(Payload)``.
  /// - Throws: ``WebSocketError``: `closed` after a close or the end; `malformed`, with nothing sent, for a control
  ///   piece of over 125 octets or a close code that must not be on the wire; `timedOut`.
  package func send(_ piece: WebSocketPiece) async throws(WebSocketError) {
    let handler = handler
    if channel.eventLoop.inEventLoop {
      if try handler.value.send(piece) { return }
      try await withCheckedContinuation { (waiter: FrameWriter.Waiter) in
        handler.value.wait(waiter)
      }.get()
    } else {
      try await withCheckedContinuation { (waiter: FrameWriter.Waiter) in
        channel.eventLoop.execute {
          do throws(WebSocketError) {
            _ = try handler.value.send(piece)
            handler.value.wait(waiter)
          } catch {
            waiter.resume(returning: .failure(error))
          }
        }
      }.get()
    }
  }

  /// Ends the connection at once, without a close frame. Harmless after the end, and after the close frames of both
  /// sides, when the connection ends by itself.
  package func abort() {
    let handler = handler
    channel.eventLoop.runHere { handler.value.abort() }
  }
}
