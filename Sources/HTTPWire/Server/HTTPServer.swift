package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server (RFC 9112) that can turn a request into a WebSocket.
///
/// Requests of one connection are served in turn, pipelined ones too. A malformed request is answered 400 (a head
/// over the limit 431) and the connection is closed.
package final class HTTPServer: Sendable {
  package struct Configuration: Sendable {
    /// The address to listen on. Default 127.0.0.1.
    package var host = "127.0.0.1"
    /// The port to listen on; 0, the default: the system chooses one.
    package var port = 0
    /// The largest WebSocket message in octets. Default 64 MiB.
    package var maxWebSocketMessage = 64 << 20
    /// How long a client may take for one write of ours. Default 30 s.
    package var writeTimeout: Duration = .seconds(30)
    /// How long a client may send nothing while a head, or a part of a body, is awaited. Default 60 s.
    package var idleTimeout: Duration = .seconds(60)
    /// How long the peer may take to answer a WebSocket's close frame. Default 5 s.
    package var closeTimeout: Duration = .seconds(5)
    /// How long a closing connection still reads, so that the client gets the answer. Default 2 s.
    package var lingerTimeout: Duration = .seconds(2)
    /// The largest head in octets, request line and fields; also of one trailer section. Default 64 KiB.
    package var maxHeadSize = 64 << 10
    /// The most fields in a head. Default 256.
    package var maxFieldCount = 256
    /// How many octets are read ahead of the handler, about. Default 64 KiB.
    package var window = 64 << 10
    /// How much of a body that the handler left is read away to keep the connection, in octets. Default 256 KiB.
    package var discardLimit = 256 << 10

    package init(host: String = "127.0.0.1", port: Int = 0) {
      self.host = host
      self.port = port
    }
  }

  /// The address that it listens on.
  package let host: String
  /// The port that it listens on; the one that the system chose, if it was to choose.
  package let port: Int
  private let channel: any Channel
  private let connections: ServerConnections

  private init(channel: any Channel, connections: ServerConnections, configuration: Configuration) {
    self.channel = channel
    self.connections = connections
    self.host = channel.localAddress?.ipAddress ?? configuration.host
    self.port = channel.localAddress?.port ?? configuration.port
  }

  /// Binds and starts to serve.
  /// - Throws: the system's error when the address cannot be bound.
  package static func start(
    _ configuration: Configuration, clock: any Clock<Duration>, logger: Logger,
    handler: any HTTPServerHandler
  ) async throws -> HTTPServer {
    let connections = ServerConnections()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = ServerConnection(
            channel: channel, configuration: configuration, clock: clock, handler: handler, logger: logger)
          try install(connection, configuration: configuration)
          connections.start(connection)
        }
      }
      .bind(host: configuration.host, port: configuration.port)
      .get()
    return HTTPServer(channel: channel, connections: connections, configuration: configuration)
  }

  /// Stops accepting, closes every connection, and returns when all handlers have ended.
  package func shutdown() async {
    try? await channel.close()
    await connections.shutdown()
  }

  private static func install(_ connection: ServerConnection, configuration: Configuration) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = configuration.maxHeadSize
    limits.maxHeaderListSize = configuration.maxHeadSize
    limits.maxHeaderFieldCount = configuration.maxFieldCount
    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
    let pipeline = connection.channel.pipeline.syncOperations
    try pipeline.addHandler(ByteToMessageHandler(decoder))
    try pipeline.addHandler(RequestPartHandler(inbox: connection.inbox, lastHead: connection.lastHead))
  }
}

/// The connections that a server has open, with their tasks.
final class ServerConnections: Sendable {
  private struct State {
    var shut = false
    var tasks: [ObjectIdentifier: (connection: ServerConnection, task: Task<Void, Never>)] = [:]
  }

  private let state = Mutex(State())

  /// Starts to serve a connection. The end of the connection cancels its task.
  func start(_ connection: ServerConnection) {
    let id = ObjectIdentifier(connection)
    let task = state.withLock { state -> Task<Void, Never>? in
      guard !state.shut else { return nil }
      let task = Task {
        await connection.run()
        self.state.withLock { _ = $0.tasks.removeValue(forKey: id) }
      }
      state.tasks[id] = (connection, task)
      return task
    }
    guard let task else { return connection.cut(withReset: false) }
    connection.channel.closeFuture.whenComplete { _ in
      if !connection.isWebSocket { task.cancel() }
    }
  }

  func shutdown() async {
    let open = state.withLock { state in
      state.shut = true
      return Array(state.tasks.values)
    }
    for (connection, task) in open {
      task.cancel()
      connection.cut(withReset: false)
    }
    for (_, task) in open { await task.value }
  }
}
