import HTTPWire
import NIOCore
import NIOPosix
import TestSupport

/// Two ends of a TCP connection on loopback, without any handler yet.
enum ChannelPair {
  /// Listens on a free port, and hands out what connects.
  final class Listener: Sendable {
    let channel: any NIOCore.Channel
    private let accepted: AsyncStream<any NIOCore.Channel>
    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameter buffer: how many octets the system holds for a slow reader, about; nil: as many as it likes.
    init(buffer: Int32? = nil) async throws {
      let (stream, continuation) = AsyncStream.makeStream(of: (any NIOCore.Channel).self)
      accepted = stream
      var bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 2048)
        .childChannelInitializer { channel in
          channel.pipeline.addHandler(ActiveHandler { continuation.yield(channel) })
        }
      if let buffer {
        bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: SocketOptionValue(buffer))
      }
      channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    }

    /// The next connection. One consumer at a time.
    func accept() async throws -> any NIOCore.Channel {
      for await channel in accepted { return channel }
      throw CancellationError()
    }
  }

  /// Runs `body` with the server's and the client's end.
  static func with(
    buffer: Int32? = nil, _ body: (_ server: any NIOCore.Channel, _ client: any NIOCore.Channel) async throws -> Void
  ) async throws {
    let listener = try await Listener(buffer: buffer)
    let client = try await connect(port: listener.port, buffer: buffer)
    let server = try await listener.accept()
    defer { for channel in [server, client, listener.channel] { channel.close(promise: nil) } }
    try await body(server, client)
  }

  /// Runs `body` with a WebSocket of frames on either end.
  static func withFrames(
    clock: any Clock<Duration> = ContinuousClock(), window: Int = 256 << 10, buffer: Int32? = nil,
    _ body: (_ server: FrameSocket, _ client: FrameSocket) async throws -> Void
  ) async throws {
    try await with(buffer: buffer) { server, client in
      let left = try await frames(on: server, .init(isServer: true, window: window), clock)
      let right = try await frames(on: client, .init(isServer: false, window: window), clock)
      try await body(left, right)
      left.abort()
      right.abort()
    }
  }

  /// Runs `body` with a WebSocket on the server's end, and a raw client.
  static func withRawClient(
    buffer: Int32? = nil, _ body: (_ server: any NIOCore.Channel, _ client: RawConnection) async throws -> Void
  ) async throws {
    let listener = try await Listener(buffer: buffer)
    let client = try await RawClient.connect(port: listener.port)
    let server = try await listener.accept()
    defer { for channel in [server, listener.channel] { channel.close(promise: nil) } }
    try await body(server, client)
    await client.close()
  }

  static func connect(port: Int, buffer: Int32? = nil) async throws -> any NIOCore.Channel {
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    if let buffer {
      bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(buffer))
    }
    return try await bootstrap.connect(host: "127.0.0.1", port: port).get()
  }

  static func frames(
    on channel: any NIOCore.Channel, _ settings: WebSocketSettings, _ clock: any Clock<Duration>
  ) async throws -> FrameSocket {
    try await channel.eventLoop.submit {
      try FrameSocket.install(on: channel, settings: settings, clock: clock)
    }.get()
  }

  static func messages(
    on channel: any NIOCore.Channel, _ settings: WebSocketSettings, _ clock: any Clock<Duration> = ContinuousClock()
  ) async throws -> WebSocket {
    try await channel.eventLoop.submit {
      try WebSocket.install(on: channel, settings: settings, clock: clock)
    }.get()
  }
}

private final class ActiveHandler: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let onActive: @Sendable () -> Void

  init(_ onActive: @escaping @Sendable () -> Void) {
    self.onActive = onActive
  }

  func channelActive(context: ChannelHandlerContext) {
    onActive()
  }
}

/// Counts what is written below a WebSocket.
final class WriteCounter: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private(set) var writes = 0
  private(set) var flushes = 0
  private(set) var octets = 0

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    writes += 1
    octets += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  func flush(context: ChannelHandlerContext) {
    flushes += 1
    context.flush()
  }

  static func install(on channel: any NIOCore.Channel) async throws {
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(WriteCounter())
    }.get()
  }

  /// The counts so far.
  static func counts(
    on channel: any NIOCore.Channel
  ) async throws -> (writes: Int, flushes: Int, octets: Int) {
    try await channel.eventLoop.submit {
      let counter = try channel.pipeline.syncOperations.handler(type: WriteCounter.self)
      return (counter.writes, counter.flushes, counter.octets)
    }.get()
  }
}
