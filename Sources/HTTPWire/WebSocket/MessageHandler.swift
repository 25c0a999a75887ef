import NIOCore

/// The handler of a ``WebSocket``: whole messages to the inbox; pings and the peer's close are answered here.
final class MessageHandler: WebSocketHandler {
  let inbox: Inbox<WebSocket.Message>
  private var assembler: MessageAssembler
  /// The payload of a pong that waits until the socket takes more.
  private var latePong: ByteBuffer?

  init(settings: WebSocketSettings, clock: any Clock<Duration>) {
    self.inbox = Inbox(limit: settings.window)
    self.assembler = MessageAssembler(maxMessage: settings.maxMessage)
    // A message is wanted whole, so its frame is gathered once, where it stays.
    let decoder = FrameDecoder(
      isServer: settings.isServer, maxFrame: settings.maxMessage, wholeLimit: settings.maxMessage)
    super.init(settings: settings, clock: clock, decoder: decoder)
  }

  override func handlerAdded(context: ChannelHandlerContext) {
    super.handlerAdded(context: context)
    let loop = context.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    inbox.setOnDrained { loop.runHere { bound.value.resumeReading() } }
  }

  override var isHeldUp: Bool { inbox.isFull }

  override var unfinishedOctets: Int { super.unfinishedOctets + assembler.heldOctets }

  override func finishInbox() { inbox.finish() }

  override func receive(_ piece: WebSocketPiece) throws(FrameViolation) {
    switch piece {
    case .data(let opcode, let octets, let isFinal):
      guard phase == .open, let message = try assembler.receive(opcode, octets, isFinal: isFinal) else { return }
      inbox.offer(message, cost: message.cost)
    case .ping(let payload): answer(ping: payload)
    case .pong:
      break
    case .close(let code, let reason):
      received(WebSocket.Close(code: code, reason: reason))
    }
  }

  /// Sends the pong at once, or when the socket takes more: of several pings then the last one's (RFC 6455, section 5.5.3),
  /// so that a peer that pings faster than it reads gets no pile of them.
  private func answer(ping payload: ByteBuffer) {
    guard phase == .open, let writer else { return }
    if writer.canTakeMore { return writer.write(.pong, payload) }
    // A copy, so that it does not keep what it was read with.
    latePong = ByteBuffer(bytes: payload.readableBytesView)
    writer.whenReady {
      guard let pong = self.latePong.take(), self.phase == .open else { return }
      writer.write(.pong, pong)
    }
  }

  private func received(_ close: WebSocket.Close) {
    end.set(close, isPeers: true)
    inbox.finish()
    guard phase == .open else { return closeConnection() }
    phase = .closed
    writer?.write(.close, FrameEncoder.payload(of: close))
    closeWhenDrained()
    resumeReading()
  }

  /// Takes on a message.
  /// - Returns: whether the socket can take more, so that the sender need not wait.
  func send(_ payload: WebSocket.Payload) throws(WebSocketError) -> Bool {
    guard phase == .open, let writer else { throw failure }
    writer.write(payload.isText ? .text : .binary, head: payload.head, payload.body, rest: payload.rest)
    return writer.canTakeMore
  }

  func close(_ close: WebSocket.Close) {
    guard phase == .open else { return }
    guard close.code == 1005 || WebSocket.Close.isAllowedOnTheWire(close.code) else { return cut() }
    startClosing(close)
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

extension EventLoop {
  /// Runs `task` at once when this is the thread of the loop, else soon.
  func runHere(_ task: @escaping @Sendable () -> Void) {
    if inEventLoop { task() } else { execute(task) }
  }
}
