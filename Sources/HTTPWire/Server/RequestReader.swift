import HTTPTypes
import NIOCore

/// The end of a connection's pipeline while it carries HTTP: octets in, the parts of requests to the inbox. On the
/// event loop only.
final class RequestReader: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Phase {
    case reading
    /// A request was read after which something else than HTTP may come: nothing is read before its answer is known.
    case held
    /// Nothing more is read, what comes is dropped.
    case done
  }

  private let inbox: Inbox<RequestPart>
  private var decoder: RequestDecoder
  private var phase = Phase.reading
  private var holdsAtEnd = false
  /// Whether the head of a request was read, and not its end.
  private var isInRequest = false
  /// Whether the client has ended its half of the connection.
  private(set) var inputIsClosed = false
  private var readIsHeld = false
  private var context: ChannelHandlerContext?
  private var remoteAddress: String?
  /// Called once, when the client has ended its half of the connection.
  var onInputClosed: (() -> Void)?

  init(inbox: Inbox<RequestPart>, limits: HeadLimits) {
    self.inbox = inbox
    self.decoder = RequestDecoder(limits: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let loop = context.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    inbox.setOnDrained { loop.runHere { bound.value.goOn() } }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    onInputClosed = nil
    inbox.finish()
  }

  func read(context: ChannelHandlerContext) {
    if inbox.isFull || phase == .held {
      readIsHeld = true
    } else {
      context.read()
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard phase != .done else { return }
    decoder.append(unwrapInboundIn(data))
    decode(context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      inputIsClosed = true
      goOn()
      onInputClosed?()
      onInputClosed = nil
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    phase = .done
    inbox.finish()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// Goes on after a request at which it was held, because the connection stays with HTTP.
  func resume() {
    guard phase == .held else { return }
    phase = .reading
    goOn()
  }

  /// Reads on only to see the end of the connection: what comes is dropped.
  func dropRest() {
    phase = .done
    goOn()
  }

  /// Ends the reading of HTTP, for good. Returns the octets that came behind the last request.
  func takeRest() -> ByteBuffer {
    phase = .done
    return decoder.takeRest()
  }

  /// Goes on with what came already, as far as there is room for it, and then with the socket.
  private func goOn() {
    guard let context else { return }
    if decode(context), inputIsClosed { return finishInput(context) }
    guard readIsHeld, phase != .held, !inbox.isFull else { return }
    readIsHeld = false
    context.read()
  }

  /// - Returns: whether nothing is left that could be decoded. What there is no room for, or what stands behind a request
  ///   at which reading is held, is left.
  @discardableResult
  private func decode(_ context: ChannelHandlerContext) -> Bool {
    do throws(WireFault) {
      while phase == .reading {
        if inbox.isFull { return false }
        let unread = decoder.unreadOctets
        guard let part = try decoder.next() else { return true }
        offer(part, size: unread - decoder.unreadOctets, context)
      }
    } catch {
      phase = .done
      let part = RequestPart.malformed(status: error.status)
      inbox.offer(part, cost: part.cost(size: 0))
    }
    return phase == .done
  }

  /// - Parameter size: the octets that the part has on the wire.
  private func offer(_ part: RequestDecoder.Part, size: Int, _ context: ChannelHandlerContext) {
    let offered: RequestPart
    switch part {
    case .head(let head, let content):
      let address = remoteAddress ?? context.channel.remoteAddress?.ipAddress ?? "unknown"
      remoteAddress = address
      let request = ReceivedRequest(head, content, remoteAddress: address)
      holdsAtEnd = request.upgrade != .none
      isInRequest = true
      offered = .head(request)
    case .body(let octets):
      return offer(octets)
    case .end(let trailers):
      isInRequest = false
      if holdsAtEnd { phase = .held }
      offered = .end(trailers)
    }
    inbox.offer(offered, cost: offered.cost(size: size))
  }

  /// Content that fills less than a quarter of the memory that it keeps is copied when it has to wait behind other
  /// parts: many small chunks take no more than their octets.
  private func offer(_ octets: ByteBuffer) {
    let part = RequestPart.body(octets)
    let cost = part.cost(size: octets.readableBytes)
    guard octets.readableBytes * 4 < octets.storageCapacity else { return inbox.offer(part, cost: cost) }
    inbox.offer(part, cost: cost, joinedCost: octets.readableBytes) { last in
      last.join(octets) ? nil : .body(ByteBuffer(bytes: octets.readableBytesView))
    }
  }

  /// The client will send nothing more. In the middle of a request it has given up; half a head is no request.
  private func finishInput(_ context: ChannelHandlerContext) {
    if isInRequest, phase == .reading { return context.close(promise: nil) }
    phase = .done
    inbox.finish()
  }
}
