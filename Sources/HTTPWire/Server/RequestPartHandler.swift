import HTTPTypes
import NIOCore
import NIOHTTP1

/// Between NIO's HTTP/1 decoder and a ``ServerConnection``: checks heads and fills the inbox.
final class RequestPartHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let inbox: Inbox<RequestPart>
  private let lastHead: LastHead
  private var context: ChannelHandlerContext?
  private var readHeld = false
  private var failed = false
  /// From the upgrade on, what comes is passed on as it is.
  var isUpgraded = false

  init(inbox: Inbox<RequestPart>, lastHead: LastHead) {
    self.inbox = inbox
    self.lastHead = lastHead
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let loop = context.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    inbox.setOnDrained { loop.execute { bound.value.resumeReading() } }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    inbox.finish()
  }

  func read(context: ChannelHandlerContext) {
    if inbox.isFull, !isUpgraded {
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
    guard !isUpgraded else { return context.fireChannelRead(data) }
    guard !failed else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      switch RequestHead.checked(head, remoteAddress: context.channel.remoteAddress?.ipAddress) {
      case .success(let checked):
        if checked.upgrade == .webSocket { lastHead.set(head) }
        offer(.head(checked))
      case .failure(let refusal):
        fail(status: refusal.status)
      }
    case .body(let octets):
      offer(.body(octets))
    case .end(let trailers):
      guard let trailers else { return offer(.end(nil)) }
      guard let checked = CheckedFields.fields(trailers.lazy.map { ($0.name, $0.value) }) else {
        return fail(status: 400)
      }
      offer(.end(checked))
    }
  }

  /// Tells the handlers behind it of an end that came before they were there.
  func passEnd() {
    guard let context, !context.channel.isActive else { return }
    context.fireChannelInactive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    inbox.finish()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case HTTPParserError.headerOverflow: fail(status: 431)
    case HTTPParserError.invalidVersion: fail(status: 505)
    case is HTTPParserError: fail(status: 400)
    case is ByteToMessageDecoderError: break
    default: context.close(promise: nil)
    }
  }

  private func fail(status: Int) {
    guard !failed else { return }
    failed = true
    offer(.malformed(status: status))
  }

  private func offer(_ part: RequestPart) {
    inbox.offer(part, cost: part.cost)
  }
}
