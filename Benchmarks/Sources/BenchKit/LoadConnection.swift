package import NIOCore
import NIOPosix

/// Who uses a ``LoadConnection``. Called on its event loop.
package protocol LoadConnectionOwner: AnyObject, Sendable {
  func connection(_ connection: LoadConnection, received event: MessageReader.Event)
  func connectionCanWrite(_ connection: LoadConnection)
  func connection(_ connection: LoadConnection, endedBy problem: String)
}

extension LoadConnectionOwner {
  package func connectionCanWrite(_ connection: LoadConnection) {}
}

/// A connection of an HTTP/1.1 client on 127.0.0.1.
// Touched on its event loop only, by the pipeline and by its owner.
package final class LoadConnection: ChannelInboundHandler, @unchecked Sendable {
  package typealias InboundIn = ByteBuffer

  private weak var owner: (any LoadConnectionOwner)?
  private var reader = MessageReader(requests: false)
  private var hasEnded = false
  package private(set) var channel: (any Channel)?
  /// When the last request was sent.
  package var sentAt = NIODeadline.uptimeNanoseconds(0)
  /// A number that the owner chose.
  package let number: Int

  private init(_ owner: any LoadConnectionOwner, _ number: Int) {
    self.owner = owner
    self.number = number
  }

  package static func open(
    port: Int, on loop: any EventLoop, number: Int = 0, for owner: any LoadConnectionOwner
  ) -> EventLoopFuture<LoadConnection> {
    let connection = LoadConnection(owner, number)
    return ClientBootstrap(group: loop)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: .init(low: 128 << 10, high: 512 << 10))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(connection) }
      }
      .connect(host: "127.0.0.1", port: port)
      .map { channel in
        connection.channel = channel
        return connection
      }
  }

  package func send(_ request: ByteBuffer) {
    sentAt = .now()
    channel?.writeAndFlush(request, promise: nil)
  }

  package func close() {
    hasEnded = true
    channel?.close(promise: nil)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    reader.append(unwrapInboundIn(data))
    do {
      while !hasEnded, let event = try reader.next() { owner?.connection(self, received: event) }
    } catch {
      end("an answer is malformed")
      context.close(promise: nil)
    }
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { owner?.connectionCanWrite(self) }
  }

  package func channelInactive(context: ChannelHandlerContext) { end("a connection was closed") }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end("a connection broke: \(error)")
    context.close(promise: nil)
  }

  private func end(_ problem: String) {
    guard !hasEnded else { return }
    hasEnded = true
    owner?.connection(self, endedBy: problem)
  }
}
