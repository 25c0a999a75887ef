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
    inbox.setOnDrained { loop.runHere { bound.value.resumeReading() } }
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

  private func resumeReading() {
    guard readIsHeld, phase != .held else { return }
    readIsHeld = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard phase != .done else { return }
    decoder.append(unwrapInboundIn(data))
    decode(context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      inputIsClosed = true
      if phase != .held { finishInput(context) }
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
    guard phase == .held, let context else { return }
    phase = .reading
    decode(context)
    if inputIsClosed { finishInput(context) }
    resumeReading()
  }

  /// Ends the reading of HTTP, for good. Returns the octets that came behind the last request.
  func takeRest() -> ByteBuffer {
    phase = .done
    return decoder.takeRest()
  }

  private func decode(_ context: ChannelHandlerContext) {
    do throws(WireFault) {
      while phase == .reading, let part = try decoder.next() { offer(part, context) }
    } catch {
      phase = .done
      inbox.offer(.malformed(status: error.status), cost: 64)
    }
  }

  private func offer(_ part: RequestDecoder.Part, _ context: ChannelHandlerContext) {
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
      offered = .body(octets)
    case .end(let trailers):
      isInRequest = false
      if holdsAtEnd { phase = .held }
      offered = .end(trailers)
    }
    inbox.offer(offered, cost: offered.cost)
  }

  /// The client will send nothing more. In the middle of a request it has given up; half a head is no request.
  private func finishInput(_ context: ChannelHandlerContext) {
    if isInRequest, phase == .reading { return context.close(promise: nil) }
    phase = .done
    inbox.finish()
  }
}
