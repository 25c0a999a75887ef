import NIOCore
import NIOWebSocket
import Synchronization

/// The end of a WebSocket's pipeline: frames in, messages to the inbox; all on the event loop.
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  struct Settings: Sendable {
    var isServer: Bool
    var maxMessage: Int
    var writeTimeout: Duration
    var closeTimeout: Duration
    /// How many octets of messages wait for a slow consumer before the socket is no longer read.
    var window = 256 * 1024
  }

  private enum Phase {
    case open
    /// Our close frame is out; messages are dropped, the peer's close frame or the end is awaited.
    case closing
    case closed
  }

  let inbox: Inbox<WebSocket.Message>
  let end = WebSocketEnd()
  private let settings: Settings
  private let clock: any Clock<Duration>
  private var assembler: MessageAssembler
  private var phase = Phase.open
  private var context: ChannelHandlerContext?
  private var readHeld = false
  private var closeTimer: Task<Void, Never>?
  /// The octets that were handed to the socket and are not written yet.
  private var outstanding = 0

  init(settings: Settings, clock: any Clock<Duration>) {
    self.settings = settings
    self.clock = clock
    self.inbox = Inbox(limit: settings.window)
    self.assembler = MessageAssembler(maxMessage: settings.maxMessage, expectsMask: settings.isServer)
  }

  /// Adds the handler to the end of a pipeline that has the frame codec already, and makes the socket.
  static func install(
    on channel: any Channel, settings: Settings, clock: any Clock<Duration>
  ) -> EventLoopFuture<WebSocket> {
    channel.eventLoop.makeCompletedFuture {
      let handler = WebSocketHandler(settings: settings, clock: clock)
      try channel.pipeline.syncOperations.addHandler(handler)
      return WebSocket(channel: channel, handler: handler)
    }
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let loop = context.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    inbox.setOnDrained { loop.execute { bound.value.resumeReading() } }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish(WebSocket.Close(code: 1006))
    self.context = nil
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if phase == .open, inbox.isFull {
      readHeld = true
    } else {
      context.read()
    }
  }

  private func resumeReading() {
    guard readHeld else { return }
    readHeld = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard phase != .closed else { return }
    switch assembler.receive(unwrapInboundIn(data)) {
    case .message(let message):
      if phase == .open { inbox.offer(message, cost: message.cost) }
    case .ping(let payload):
      // A peer that pings faster than it reads gets no pile of pongs (RFC 6455, section 5.5.3).
      if phase == .open, context.channel.isWritable { write(.pong, payload, context: context, promise: nil) }
    case .close(let close):
      received(close, context: context)
    case .violation(let close):
      end.set(close)
      inbox.finish()
      startClosing(close, context: context)
    case .nothing:
      break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    end.reads.add(1, ordering: .relaxed)
    context.fireChannelReadComplete()
  }

  private func received(_ close: WebSocket.Close, context: ChannelHandlerContext) {
    end.set(close)
    inbox.finish()
    guard phase == .open else { return context.close(promise: nil) }
    phase = .closed
    let answer = context.eventLoop.makePromise(of: Void.self)
    write(.connectionClose, Self.payload(of: close), context: context, promise: answer)
    let channel = context.channel
    watch(answer.futureResult)
    answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
    resumeReading()
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(WebSocket.Close(code: 1006))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard phase == .open, let error = error as? NIOWebSocketError else {
      // After our own close frame, what the frame decoder no longer takes is of no interest.
      if phase == .open { context.close(promise: nil) }
      return
    }
    let close: WebSocket.Close =
      switch error {
      case .invalidFrameLength: .init(code: 1009, reason: "a message over \(settings.maxMessage) octets")
      case .fragmentedControlFrame, .multiByteControlFrameLength: .init(code: 1002, reason: "a bad control frame")
      }
    end.set(close)
    inbox.finish()
    startClosing(close, context: context)
  }

  private func finish(_ close: WebSocket.Close) {
    phase = .closed
    end.set(close)
    inbox.finish()
    closeTimer?.cancel()
    closeTimer = nil
  }

  // MARK: Writing

  func send(_ message: WebSocket.Message, done: @escaping @Sendable (WebSocket.SendResult) -> Void) {
    guard phase == .open, let context else { return done(.failure(WebSocketError(.closed(end.closure)))) }
    let promise = context.eventLoop.makePromise(of: Void.self)
    switch message {
    case .text(let text): write(.text, ByteBuffer(string: text), context: context, promise: promise)
    case .binary(let octets): write(.binary, octets, context: context, promise: promise)
    }
    let watch = watch(promise.futureResult, octets: message.cost)
    let end = end
    promise.futureResult.whenComplete { result in
      switch result {
      case .success: done(.success(()))
      case .failure: done(.failure(WebSocketError(watch.expired ? .timedOut : .closed(end.closure))))
      }
    }
  }

  func close(_ close: WebSocket.Close) {
    guard phase == .open, let context else { return }
    guard close.code == 1005 || WebSocket.Close.isAllowedOnTheWire(close.code) else {
      return context.close(promise: nil)
    }
    startClosing(close, context: context)
  }

  private func startClosing(_ close: WebSocket.Close, context: ChannelHandlerContext) {
    guard phase == .open else { return }
    phase = .closing
    write(.connectionClose, Self.payload(of: close), context: context, promise: nil)
    let channel = context.channel
    let (clock, limit) = (clock, settings.closeTimeout)
    closeTimer = Task {
      do { try await clock.sleep(for: limit) } catch { return }
      channel.close(promise: nil)
    }
    resumeReading()
  }

  /// Gives a write its time: the deadline, and more for all that must be written before it, and for itself.
  @discardableResult
  private func watch(_ write: EventLoopFuture<Void>, octets: Int = 0) -> WriteWatch {
    let watch = WriteWatch()
    guard let channel = context?.channel else { return watch }
    outstanding += octets
    write.assumeIsolated().whenComplete { _ in self.outstanding -= octets }
    let limit = settings.writeTimeout + .seconds(outstanding / WebSocket.slowestRate)
    watch.watch(write, limit: limit, clock: clock) { channel.close(promise: nil) }
    return watch
  }

  private func write(
    _ opcode: WebSocketOpcode, _ payload: ByteBuffer, context: ChannelHandlerContext,
    promise: EventLoopPromise<Void>?
  ) {
    let mask = settings.isServer ? nil : WebSocketMaskingKey.random()
    let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: payload)
    context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
  }

  /// The payload of a close frame: the code, and the reason cut to 123 octets at a character.
  private static func payload(of close: WebSocket.Close) -> ByteBuffer {
    var buffer = ByteBuffer()
    guard close.code != 1005 else { return buffer }
    buffer.writeInteger(close.code)
    var reason = close.reason
    while reason.utf8.count > 123 { reason.removeLast() }
    buffer.writeString(reason)
    return buffer
  }
}

extension WebSocket.Message {
  /// The octets of the message, and a little for its own place in a queue.
  var cost: Int {
    switch self {
    case .text(let text): text.utf8.count + 64
    case .binary(let octets): octets.readableBytes + 64
    }
  }
}
