import NIOCore

/// The handler of a ``FrameSocket``: every piece goes to the inbox, and nothing is answered here.
final class FrameHandler: WebSocketHandler {
  let inbox: Inbox<WebSocketPiece>
  private var hasSentClose = false

  init(settings: WebSocketSettings, clock: any Clock<Duration>) {
    self.inbox = Inbox(limit: settings.window)
    super.init(settings: settings, clock: clock, decoder: FrameDecoder(isServer: settings.isServer))
  }

  override func handlerAdded(context: ChannelHandlerContext) {
    super.handlerAdded(context: context)
    let loop = context.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    inbox.setOnDrained { loop.runHere { bound.value.resumeReading() } }
  }

  override var isHeldUp: Bool { inbox.isFull }

  override func finishInbox() { inbox.finish() }

  override func receive(_ piece: WebSocketPiece) throws(FrameViolation) {
    if case .close(let code, let reason) = piece {
      end.set(WebSocket.Close(code: code, reason: reason), isPeers: true)
      if phase == .open {
        inbox.offer(piece, cost: piece.cost)
        inbox.finish()
        if hasSentClose { bothClosed() }
      } else {
        closeConnection()
      }
    } else if phase == .open {
      inbox.offer(piece, cost: piece.cost)
    }
  }

  /// Takes on a piece.
  /// - Returns: whether the socket can take more, so that the sender need not wait.
  func send(_ piece: WebSocketPiece) throws(WebSocketError) -> Bool {
    guard phase == .open, !hasSentClose, let writer else { throw failure }
    switch piece {
    case .data(let opcode, let octets, let isFinal):
      writer.write(FrameOpcode(opcode), isFinal: isFinal, octets)
    case .ping(let octets), .pong(let octets):
      guard octets.readableBytes <= 125 else { throw WebSocketError(.malformed) }
      if case .ping = piece { writer.write(.ping, octets) } else { writer.write(.pong, octets) }
    case .close(let code, let reason):
      guard code == 1005 || WebSocket.Close.isAllowedOnTheWire(code) else { throw WebSocketError(.malformed) }
      hasSentClose = true
      writer.write(.close, FrameEncoder.payload(of: WebSocket.Close(code: code, reason: reason)))
      if end.isPeers { bothClosed() }
    }
    return writer.canTakeMore
  }

  /// The server ends the connection, the client waits a while for that (RFC 6455, section 7.1.1).
  private func bothClosed() {
    phase = .closed
    resumeReading()
    if settings.isServer { closeWhenDrained() } else { closeAfterTimeout() }
  }

  /// After our own close frame there is no second one.
  override func startClosing(_ close: WebSocket.Close) {
    guard hasSentClose, phase == .open else { return super.startClosing(close) }
    phase = .closed
    closeWhenDrained()
  }

  override func letGo() {
    guard phase == .open else { return }
    if hasSentClose { closeWhenDrained() } else { closeConnection() }
  }

  func abort() {
    guard !hasSentClose || !end.isPeers else { return }
    finish()
    cut()
  }
}
