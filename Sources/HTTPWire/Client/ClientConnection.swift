package import NIOCore

/// A connection to an HTTP/1.1 server, which carries one exchange after another.
package final class ClientConnection: Sendable {
  package let loop: any EventLoop
  private let channel: any Channel
  private let handler: NIOLoopBound<ClientHandler>

  /// Made on the event loop of the channel.
  init(channel: any Channel, handler: ClientHandler) {
    self.channel = channel
    loop = channel.eventLoop
    self.handler = NIOLoopBound(handler, eventLoop: loop)
  }

  /// Begins an exchange: its head is written, and its content, if it is in memory and nothing holds it. The exchange
  /// before it must be over. What is wrong shows when the answer is awaited.
  package func start(_ request: ClientRequest) -> ClientExchange {
    if loop.inEventLoop {
      let exchange = ClientExchange(request, loop: loop, handler: handler.value)
      handler.value.begin(exchange)
      return exchange
    }
    let exchange = ClientExchange(request, loop: loop, handler: nil)
    loop.execute { [handler] in
      exchange.attach(handler.value)
      handler.value.begin(exchange)
    }
    return exchange
  }

  /// Closes the connection at once.
  package func close() {
    if loop.inEventLoop { return handler.value.closeNow() }
    loop.execute { [handler] in handler.value.closeNow() }
  }

  /// Returns when the connection is closed.
  package func untilClosed() async { try? await channel.closeFuture.get() }
}
