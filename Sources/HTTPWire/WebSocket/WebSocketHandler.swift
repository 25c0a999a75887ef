import NIOCore

/// The end of a WebSocket's pipeline: octets in, pieces to the subclass, frames out; all on the event loop.
///
/// What both kinds of sockets have in common: backpressure, broken rules, the deadlines, the end of the connection.
class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum Phase {
    case open
    /// Our close frame is out and was not asked for by the peer's: its close frame or the end is awaited.
    case closing
    /// Nothing is sent or handed over any more.
    case closed
  }

  let end = WebSocketEnd()
  let settings: WebSocketSettings
  private let clock: any Clock<Duration>
  private var decoder: FrameDecoder
  private(set) var writer: FrameWriter?
  private(set) var context: ChannelHandlerContext?
  var phase = Phase.open
  /// The peer broke a rule: what it still sends means nothing.
  private var isBroken = false
  private var readIsHeld = false
  private var closeTimer: Task<Void, Never>?
  /// Whether the end came because the peer took nothing.
  private var hasTimedOut = false
  /// The octets that came in.
  private var received = 0

  init(settings: WebSocketSettings, clock: any Clock<Duration>, decoder: FrameDecoder) {
    self.settings = settings
    self.clock = clock
    self.decoder = decoder
  }

  // MARK: For subclasses

  /// Whether what was received waits for a slow consumer.
  var isHeldUp: Bool { false }

  /// A piece came. May come in every phase but `closed`.
  func receive(_ piece: WebSocketPiece) throws(FrameViolation) {}

  /// The octets that are held because their message is not whole.
  var unfinishedOctets: Int { decoder.heldOctets }

  /// What has moved so far.
  var flow: WebSocket.Flow {
    WebSocket.Flow(
      given: writer?.taken ?? 0, sent: writer?.takenBySocket ?? 0, received: received, unfinished: unfinishedOctets)
  }

  /// Nothing more is received.
  func finishInbox() {}

  // MARK: The pipeline

  /// Adds a handler to the end of a pipeline that has no codec any more, and lets it start. On the event loop.
  /// - Parameter rest: octets that came behind the handshake.
  static func install(_ handler: WebSocketHandler, on channel: any Channel, rest: ByteBuffer) throws {
    try channel.pipeline.syncOperations.addHandler(handler)
    handler.take(rest)
    guard channel.isActive else { return handler.finish() }
    try channel.syncOptions?.setOption(.autoRead, value: true)
    channel.pipeline.syncOperations.read()
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    self.writer = FrameWriter(context: context, settings: settings, clock: clock)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish()
    self.writer = nil
    self.context = nil
  }

  func read(context: ChannelHandlerContext) {
    if phase == .open, isHeldUp {
      readIsHeld = true
    } else {
      context.read()
    }
  }

  func resumeReading() {
    guard readIsHeld else { return }
    readIsHeld = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    take(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    end.countRead()
    context.fireChannelReadComplete()
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Where half-closed connections are allowed: a WebSocket has no use for one.
    if let event = event as? ChannelEvent, event == .inputClosed {
      finish()
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func take(_ octets: ByteBuffer) {
    received += octets.readableBytes
    guard phase != .closed, !isBroken, octets.readableBytes > 0 else { return }
    decoder.append(octets)
    do throws(FrameViolation) {
      while phase != .closed, let piece = try decoder.next() { try receive(piece) }
    } catch {
      violated(error.close)
    }
  }

  /// Resumes `waiter` when the socket can take more, or never will.
  func wait(_ waiter: FrameWriter.Waiter) {
    guard let writer else { return waiter.resume(returning: .failure(failure)) }
    writer.whenReady(waiter)
  }

  // MARK: The end

  /// The peer broke a rule: it is told so. What it has sent behind it is read and dropped until it ends the connection or
  /// the close deadline is over: a connection that is closed with octets unread is reset, and our close frame is lost.
  private func violated(_ close: WebSocket.Close) {
    isBroken = true
    end.set(close)
    finishInbox()
    guard phase == .open else { return closeConnection() }
    startClosing(close)
  }

  /// Sends our close frame and gives the peer its time to answer.
  func startClosing(_ close: WebSocket.Close) {
    guard phase == .open else { return }
    phase = .closing
    writer?.write(.close, FrameEncoder.payload(of: close))
    closeAfterTimeout()
    resumeReading()
  }

  /// Ends the connection when the peer has not ended it after the close deadline.
  func closeAfterTimeout() {
    guard closeTimer == nil, let channel = context?.channel else { return }
    let (clock, limit) = (clock, settings.closeTimeout)
    closeTimer = Task {
      do { try await clock.sleep(for: limit) } catch { return }
      channel.eventLoop.execute { channel.closeNow() }
    }
  }

  /// Ends the connection when all is written.
  func closeWhenDrained() {
    writer?.whenDrained { self.closeConnection() }
  }

  func closeConnection() {
    context?.close(promise: nil)
  }

  /// Ends the connection without a farewell of any kind.
  func cut() {
    context?.channel.closeNow()
  }

  /// Whoever had the socket has let go of it: what does not end by itself is ended.
  func letGo() {
    if phase == .open { closeConnection() }
  }

  /// The connection is at its end; without a close frame, if there was none yet.
  func finish() {
    phase = .closed
    hasTimedOut = hasTimedOut || writer?.hasExpired == true
    end.set(WebSocket.Close(code: 1006))
    finishInbox()
    closeTimer?.cancel()
    closeTimer = nil
    writer?.fail(failure)
  }

  /// Why nothing can be sent.
  var failure: WebSocketError {
    WebSocketError(hasTimedOut ? .timedOut : .closed(end.closure))
  }
}
