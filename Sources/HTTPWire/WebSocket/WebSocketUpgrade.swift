import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The server's side of the opening handshake (RFC 6455, section 4.2).
enum WebSocketUpgrade {
  /// Answers 101 and turns the connection into a WebSocket.
  /// - Returns: a failure, with nothing written, when the request is not a right handshake.
  static func perform(
    _ head: HTTPRequestHead, on connection: ServerConnection, settings: WebSocketHandler.Settings,
    clock: any Clock<Duration>
  ) async -> Result<WebSocket, any Error> {
    let channel = connection.channel
    let upgrader = NIOTypedWebSocketServerUpgrader<WebSocket>(
      maxFrameSize: min(settings.maxMessage, Int(UInt32.max)),
      enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in
        WebSocketHandler.install(on: channel, settings: settings, clock: clock)
      })
    let upgraded = channel.eventLoop.flatSubmit {
      upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:])
    }.flatMap { headers in
      // Written before the frame codec is there, and without a suspension before the decoder is gone.
      channel.writeAndFlush(answer(headers), promise: nil)
      return upgrader.upgrade(channel: channel, upgradeRequest: head)
    }.flatMapThrowing { socket in
      let pipeline = channel.pipeline.syncOperations
      let parts = try pipeline.handler(type: RequestPartHandler.self)
      parts.isUpgraded = true
      let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
      let bound = NIOLoopBound(parts, eventLoop: channel.eventLoop)
      pipeline.removeHandler(context: decoder).whenComplete { _ in
        bound.value.passEnd()
        channel.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
      }
      return socket
    }
    do {
      return .success(try await upgraded.get())
    } catch {
      return .failure(error)
    }
  }

  private static func answer(_ headers: HTTPHeaders) -> ByteBuffer {
    var fields = HTTPFields()
    for (name, value) in headers {
      if let field = CheckedFields.field(name: name, value: value) { fields.append(field) }
    }
    return ResponseFraming.interim(status: 101, fields: fields)
  }
}
