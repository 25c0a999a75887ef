import HTTPTypes
import NIOCore
import NIOSSL
import NIOTLS

/// The end of a client's connection in its channel: one exchange after another.
final class ClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Content up to so many octets rides in the buffer of its head.
  private static let small = 16 << 10

  /// What is told of the connection once it is somebody's.
  struct Owner {
    /// The TLS handshake is done, or the connection ended before.
    var onReady: (Result<Void, any Error>) -> Void
    /// An exchange is over, and another one may follow.
    var onFree: @Sendable () -> Void
    /// No exchange will follow.
    var onClosed: @Sendable () -> Void
  }

  private let clock: any Clock<Duration>
  private var owner: Owner?
  /// Whether what is written goes out: after the TLS handshake, if there is one.
  private var isSecured: Bool
  /// Whether the owner was told that the connection is ready.
  private var isReady = false
  private var decoder = ResponseDecoder()
  private var context: ChannelHandlerContext?
  private var current: ClientExchange?
  private var isReadHeld = false
  /// The peer sends no more.
  private var isInputClosed = false
  /// Why the end of the connection is not one that a peer meant.
  private var error: (any Error)?

  /// - Parameters:
  ///   - isSecure: whether TLS is below.
  ///   - clock: for the time limits of a WebSocket that the connection may become.
  init(isSecure: Bool, clock: any Clock<Duration>) {
    isSecured = !isSecure
    self.clock = clock
  }

  /// Takes the connection, which may have ended already.
  func adopt(_ owner: Owner) {
    self.owner = owner
    if error != nil || context?.channel.isActive != true {
      ended()
    } else if isSecured {
      becameReady()
    }
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    ended()
  }

  // MARK: Writing

  /// Whether an exchange could begin.
  var isUsable: Bool {
    current == nil && !isInputClosed && decoder.isIdle && context?.channel.isActive == true
  }

  var isWritable: Bool { context?.channel.isWritable ?? true }

  func begin(_ exchange: ClientExchange) {
    guard isUsable, let context else { return exchange.stop(exchange.fault(.closed, cause: error)) }
    let request = exchange.request
    var buffer = context.channel.allocator.buffer(capacity: 1024)
    do {
      try request.writeHead(into: &buffer)
      try decoder.expect(request.method, upgrade: request.webSocketKey != nil)
    } catch {
      exchange.stop(exchange.fault(.unsendable, cause: error))
      owner?.onFree()
      return
    }
    current = exchange
    exchange.wrote()
    if case .whole(let octets, let trailers) = request.content, !request.expectsContinue {
      append(octets, trailers, chunked: trailers != nil, to: &buffer)
    } else {
      context.write(wrapOutboundOut(buffer), promise: nil)
    }
    context.flush()
  }

  /// Writes content that is in memory, and was held.
  func writeWhole(_ exchange: ClientExchange) {
    guard current === exchange, let context, case .whole(let octets, let trailers) = exchange.request.content else {
      return
    }
    var buffer = ByteBuffer()
    append(octets, trailers, chunked: trailers != nil, to: &buffer)
    context.flush()
    exchange.flow.sent()
    settle(exchange)
  }

  /// Writes a piece of content.
  /// - Returns: whether the connection can take more.
  func write(_ octets: ByteBuffer, chunked: Bool) -> Bool {
    guard octets.readableBytes > 0, let context else { return isWritable }
    if chunked {
      var buffer = ByteBuffer()
      MessageEncoder.writeChunkSize(octets.readableBytes, into: &buffer)
      append(octets, to: &buffer)
      if octets.readableBytes <= Self.small {
        buffer.writeStaticString("\r\n")
        context.write(wrapOutboundOut(buffer), promise: nil)
      } else {
        context.write(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: nil)
      }
    } else {
      context.write(wrapOutboundOut(octets), promise: nil)
    }
    context.flush()
    return context.channel.isWritable
  }

  func writeEnd(_ trailers: HTTPFields?) {
    guard let context else { return }
    var buffer = ByteBuffer()
    MessageEncoder.writeLastChunk(trailers: trailers, into: &buffer)
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }

  /// Adds octets to a buffer, or writes the buffer and then them.
  private func append(_ octets: ByteBuffer, to buffer: inout ByteBuffer) {
    guard octets.readableBytes > Self.small, let context else {
      buffer.writeImmutableBuffer(octets)
      return
    }
    context.write(wrapOutboundOut(buffer), promise: nil)
    context.write(wrapOutboundOut(octets), promise: nil)
    buffer = ByteBuffer()
  }

  /// Adds all of a content to a buffer, and writes it.
  private func append(_ octets: ByteBuffer, _ trailers: HTTPFields?, chunked: Bool, to buffer: inout ByteBuffer) {
    if chunked {
      if octets.readableBytes > 0 {
        MessageEncoder.writeChunkSize(octets.readableBytes, into: &buffer)
        append(octets, to: &buffer)
        buffer.writeStaticString("\r\n")
      }
      MessageEncoder.writeLastChunk(trailers: trailers, into: &buffer)
    } else {
      append(octets, to: &buffer)
    }
    if buffer.readableBytes > 0 { context?.write(wrapOutboundOut(buffer), promise: nil) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { current?.becameWritable() }
    context.fireChannelWritabilityChanged()
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if let current, current.isFull {
      isReadHeld = true
    } else {
      context.read()
    }
  }

  /// The reader of an exchange has taken what was there.
  func readMore(_ exchange: ClientExchange) {
    guard isReadHeld, current === exchange || current == nil else { return }
    isReadHeld = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let exchange = current, exchange.flow.answer != .whole else {
      // Nobody asked for this.
      return closeNow()
    }
    exchange.flow.gotOctets = true
    decoder.append(unwrapInboundIn(data))
    do {
      while let part = try decoder.next() {
        guard pass(part, to: exchange, context) else { return }
      }
    } catch {
      // After a whole answer, what is left over only makes the connection useless.
      exchange.stop(exchange.fault(.malformed, cause: error))
      return closeNow()
    }
    settle(exchange)
    exchange.wake()
  }

  /// - Returns: whether more parts may follow.
  private func pass(_ part: ResponseDecoder.Part, to exchange: ClientExchange, _ context: ChannelHandlerContext) -> Bool
  {
    switch part {
    case .interim(let head):
      if exchange.flow.interim(head) { exchange.release() }
      if head.status != 100 { exchange.receive(.interim(head)) }
    case .head(let head, let framing):
      if exchange.flow.final(head, framing) { exchange.release() }
      if exchange.flow.request == .broken { exchange.refuseContent() }
      let length: Int? = if case .length(let length) = framing { length } else { nil }
      exchange.receive(.head(head, length: length))
    case .body(let octets): exchange.receive(.body(octets))
    case .end(let trailers):
      exchange.flow.ended()
      exchange.receive(.end(trailers: trailers))
    case .switching(let head):
      switchProtocols(head, exchange, context)
      return false
    }
    return true
  }

  private func switchProtocols(_ head: WireResponseHead, _ exchange: ClientExchange, _ context: ChannelHandlerContext) {
    guard exchange.request.isAccepted(by: head) else {
      exchange.stop(exchange.fault(.malformed))
      return closeNow()
    }
    current = nil
    let channel = context.channel
    let rest = decoder.takeRest()
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
    do {
      try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
      let socket = try FrameSocket.install(
        on: channel, settings: WebSocketSettings(isServer: false), clock: clock, rest: rest)
      exchange.receive(.switched(head, socket))
      exchange.wake()
    } catch {
      exchange.stop(exchange.fault(.closed, cause: error))
      channel.close(promise: nil)
    }
  }

  // MARK: Ends

  /// Lets go of an exchange that is over.
  func settle(_ exchange: ClientExchange) {
    guard current === exchange, exchange.flow.isOver else { return }
    current = nil
    guard exchange.flow.allowsReuse, isUsable, exchange.request.hasNoContent || hasWrittenAll() else {
      return closeNow()
    }
    if isReadHeld {
      isReadHeld = false
      context?.read()
    }
    owner?.onFree()
  }

  /// Whether the socket has taken all of a request. A peer that answers early may never read the rest, and another
  /// request would wait behind it.
  @inline(never)
  private func hasWrittenAll() -> Bool {
    guard isWritable, let options = context?.channel.syncOptions else { return false }
    return (try? options.getOption(.bufferedWritableBytes)) == 0
  }

  /// The exchange is not wanted any more: the peer is told by a reset. If it is over, the connection may be another's by
  /// now.
  func giveUp(_ exchange: ClientExchange) {
    guard current === exchange, let context else { return }
    context.channel.closeWithReset()
  }

  /// Closes the connection without a farewell.
  func closeNow() { context?.channel.closeNow() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted:
      isSecured = true
      becameReady()
    case ChannelEvent.inputClosed:
      isInputClosed = true
      answerEnded(isMeant: error == nil)
      if let current, current.flow.answer == .whole { settle(current) } else { closeNow() }
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    answerEnded(isMeant: false)
    if let current {
      current.stop(current.fault(.closed, cause: error))
      self.current = nil
    }
    ended()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if self.error == nil { self.error = error }
    // What it means for an answer shows when the end comes, which follows by itself.
    if case NIOSSLError.uncleanShutdown = error { return }
    closeNow()
  }

  private func becameReady() {
    guard let owner, !isReady else { return }
    isReady = true
    owner.onReady(.success(()))
  }

  /// Tells the owner, once.
  private func ended() {
    guard let owner else { return }
    self.owner = nil
    if !isReady { owner.onReady(.failure(error ?? ClientFault(.closed))) }
    owner.onClosed()
  }

  /// No more octets come for the answer.
  /// - Parameter isMeant: whether the peer ended its side in order, so that content without a length is whole.
  private func answerEnded(isMeant: Bool) {
    guard let current, current.flow.answer != .whole else { return }
    if isMeant, case .end(let trailers)? = try? decoder.finish() {
      current.flow.ended()
      current.receive(.end(trailers: trailers))
      current.wake()
    } else {
      current.stop(current.fault(current.flow.faultOfEnd, cause: error))
    }
  }
}
