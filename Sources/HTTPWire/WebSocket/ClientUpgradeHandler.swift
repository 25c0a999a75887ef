import HTTPTypes
import NIOCore
import NIOSSL

/// The client's side of the opening handshake (RFC 6455, section 4.1): sends the request, checks the answer, and
/// makes way for the frames.
final class ClientUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let endpoint: String
  private let settings: WebSocketSettings
  private let clock: any Clock<Duration>
  private let opened: EventLoopPromise<WebSocket>
  private let key = WebSocketHandshake.newKey()
  private var decoder = ResponseDecoder()
  private var context: ChannelHandlerContext?
  private var hasEnded = false

  /// The WebSocket, once the answer has come; else what went wrong, mostly a ``DialError``.
  var socket: EventLoopFuture<WebSocket> { opened.futureResult }

  /// Puts a handler at the end of a connection's pipeline. On its loop.
  /// - Throws: what NIO says of a connection that is gone already.
  static func install(
    on channel: any Channel, endpoint: String, settings: WebSocketSettings, clock: any Clock<Duration>
  ) throws -> ClientUpgradeHandler {
    let opened = channel.eventLoop.makePromise(of: WebSocket.self)
    let handler = ClientUpgradeHandler(endpoint: endpoint, settings: settings, clock: clock, opened: opened)
    do {
      try channel.pipeline.syncOperations.addHandler(handler)
    } catch {
      // No handler will ever keep the promise, and none may be left open.
      opened.fail(error)
      throw error
    }
    return handler
  }

  private init(
    endpoint: String, settings: WebSocketSettings, clock: any Clock<Duration>, opened: EventLoopPromise<WebSocket>
  ) {
    self.endpoint = endpoint
    self.settings = settings
    self.clock = clock
    self.opened = opened
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
    var all: HTTPFields = [:]
    if let host = HTTPField.Name("Host") { all.append(HTTPField(name: host, value: authority)) }
    all.append(contentsOf: WebSocketHandshake.request(key: key))
    all.append(contentsOf: fields)
    var request = ByteBuffer()
    do throws(WireFault) {
      try decoder.expect(.get, upgrade: true)
      try MessageEncoder.write(WireRequestHead(method: .get, target: target, fields: all), into: &request)
    } catch {
      return fail(DialError(.invalidURL, endpoint: endpoint))
    }
    context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasEnded else { return }
    decoder.append(unwrapInboundIn(data))
    do throws(WireFault) {
      while !hasEnded, let part = try decoder.next() {
        switch part {
        case .switching(let head): accept(head, context: context)
        case .head(let head, _): refused(head)
        case .interim, .body, .end: break
        }
      }
    } catch {
      fail(DialError(.notAWebSocket, endpoint: endpoint))
    }
  }

  private func refused(_ head: WireResponseHead) {
    var error = DialError(.upgradeRefused(status: head.status), endpoint: endpoint)
    if (300...399).contains(head.status), let place = head.fields[.location].flatMap(Self.place) {
      error.detail = "it redirects to \(place)"
    }
    fail(error)
  }

  /// The scheme and the authority of a URL, and no more: a token may ride in its query.
  static func place(_ location: String) -> String? {
    guard let mark = location.firstRange(of: "://") else { return nil }
    let (scheme, rest) = (location[..<mark.lowerBound], location[mark.upperBound...])
    let authority = rest.prefix { !"/?#\\".contains($0) }
    let isPlain = (scheme + authority).utf8.allSatisfy { octet in
      (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
        || "-.:[]_+".utf8.contains(octet)
    }
    guard isPlain, !scheme.isEmpty, !authority.isEmpty, location.utf8.count <= 8192 else { return nil }
    return "\(scheme)://\(authority)"
  }

  private func accept(_ head: WireResponseHead, context: ChannelHandlerContext) {
    guard WebSocketHandshake.isAccepted(head.fields, key: key) else {
      return fail(DialError(.notAWebSocket, endpoint: endpoint))
    }
    do {
      let socket = try WebSocket.install(
        on: context.channel, settings: settings, clock: clock, rest: decoder.takeRest())
      hasEnded = true
      opened.succeed(socket)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } catch {
      fail(DialError(.connectionLost, endpoint: endpoint))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(DialError(.connectionLost, endpoint: endpoint))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if hasEnded { return context.fireErrorCaught(error) }
    let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
    fail(DialError(tls: error, certificate: tls?.peerCertificate, endpoint: endpoint) ?? error)
  }

  private func fail(_ error: any Error) {
    guard !hasEnded else { return }
    hasEnded = true
    opened.fail(error)
    context?.close(promise: nil)
  }
}
