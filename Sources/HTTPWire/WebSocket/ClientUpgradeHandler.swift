import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The client's side of the opening handshake (RFC 6455, section 4.1): sends the request, checks the answer, and
/// puts the frame codec in the place of the HTTP codec.
final class ClientUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = HTTPClientRequestPart

  private enum Phase {
    case waiting
    case accepted(HTTPResponseHead)
    /// The HTTP codec is being removed; what it still held is kept.
    case switching([NIOAny])
    case ended
  }

  private let endpoint: String
  private let opened: EventLoopPromise<WebSocket>
  private let upgrader: NIOTypedWebSocketClientUpgrader<WebSocket>
  private var context: ChannelHandlerContext?
  private var phase = Phase.waiting

  init(
    endpoint: String, settings: WebSocketHandler.Settings, clock: any Clock<Duration>,
    opened: EventLoopPromise<WebSocket>
  ) {
    self.endpoint = endpoint
    self.opened = opened
    self.upgrader = NIOTypedWebSocketClientUpgrader(
      maxFrameSize: min(settings.maxMessage, Int(UInt32.max)),
      enableAutomaticErrorHandling: false,
      upgradePipelineHandler: { channel, _ in
        WebSocketHandler.install(on: channel, settings: settings, clock: clock)
      })
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    fail(DialError(.connectionLost, endpoint: endpoint))
    self.context = nil
  }

  /// Sends the upgrade request.
  func start(target: String, authority: String, fields: HTTPFields) {
    var headers = HTTPHeaders([("Host", authority), ("Connection", "Upgrade"), ("Upgrade", "websocket")])
    upgrader.addCustom(upgradeRequestHeaders: &headers)
    for field in fields { headers.add(name: field.name.rawName, value: field.value) }
    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers)
    context?.write(wrapOutboundOut(.head(head)), promise: nil)
    context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch phase {
    case .waiting:
      guard case .head(let head) = unwrapInboundIn(data) else { return }
      accept(head)
    case .accepted(let head):
      guard case .end = unwrapInboundIn(data) else { return }
      phase = .switching([])
      switchCodec(head, context: context)
    case .switching(var held):
      held.append(data)
      phase = .switching(held)
    case .ended:
      break
    }
  }

  private func accept(_ head: HTTPResponseHead) {
    guard head.status == .switchingProtocols else {
      return fail(DialError(.upgradeRefused(status: Int(head.status.code)), endpoint: endpoint))
    }
    guard upgrader.shouldAllowUpgrade(upgradeResponse: head),
      CheckedFields.list(head.headers["upgrade"], contains: "websocket"),
      CheckedFields.list(head.headers["connection"], contains: "upgrade"),
      head.headers["sec-websocket-extensions"].isEmpty
    else {
      return fail(DialError(.notAWebSocket, endpoint: endpoint))
    }
    phase = .accepted(head)
  }

  private func switchCodec(_ head: HTTPResponseHead, context: ChannelHandlerContext) {
    let channel = context.channel
    let pipeline = channel.pipeline.syncOperations
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    do {
      let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
      let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self)
      pipeline.removeHandler(context: encoder, promise: nil)
      pipeline.removeHandler(context: decoder).flatMap { [upgrader] in
        upgrader.upgrade(channel: channel, upgradeResponse: head)
      }.whenComplete { result in
        bound.value.finish(result)
      }
    } catch {
      fail(DialError(.connectionLost, endpoint: endpoint))
    }
  }

  private func finish(_ result: Result<WebSocket, any Error>) {
    guard case .switching(let held) = phase, let context else { return }
    switch result {
    case .success(let socket):
      phase = .ended
      for octets in held { context.fireChannelRead(octets) }
      if !context.channel.isActive { context.fireChannelInactive() }
      opened.succeed(socket)
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
    case .failure:
      fail(DialError(.connectionLost, endpoint: endpoint))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    // While the codecs are switched the end is kept back too: frames before it are not lost.
    if case .switching = phase { return }
    fail(DialError(.connectionLost, endpoint: endpoint))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .ended = phase { return context.fireErrorCaught(error) }
    fail(error)
  }

  private func fail(_ error: any Error) {
    if case .ended = phase { return }
    phase = .ended
    opened.fail(error)
    context?.close(promise: nil)
  }
}
