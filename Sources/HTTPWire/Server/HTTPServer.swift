package import Logging
import NIOCore
import NIOPosix

/// An HTTP/1.1 server (RFC 9112) that can turn a request into a WebSocket.
///
/// Requests of one connection are served in turn, pipelined ones too. A malformed request is answered 400 (or 414, 431,
/// 501, 505, see ``WireFault``) and the connection is closed. A client that has ended its half of the connection still
/// gets its answer, as long as that comes without a pause: see ``HalfClose`` for how one that went away is told from it.
package final class HTTPServer: Sendable {
  package struct Configuration: Sendable {
    /// The address to listen on. Default 127.0.0.1.
    package var host = "127.0.0.1"
    /// The port to listen on; 0, the default: the system chooses one.
    package var port = 0
    /// The most connections at once, WebSockets too; the next is closed at once. Default 16384.
    package var maxConnections = 16_384
    /// The largest WebSocket message in octets. Default 64 MiB.
    package var maxWebSocketMessage = 64 << 20
    /// How long a client may take nothing of what is written to it. Default 60 s.
    package var writeTimeout: Duration = .seconds(60)
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
    let connections = ServerConnections(limit: configuration.maxConnections)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          SocketOptions.apply(to: channel)
          let connection = ServerConnection(
            channel: channel, configuration: configuration, clock: clock, handler: handler, logger: logger)
          try connection.install()
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
}
