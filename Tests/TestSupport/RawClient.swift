import NIOCore
import NIOPosix

/// Opens plain TCP connections for tests.
package enum RawClient {
  /// - Parameter buffer: the octets that the system holds for the reader, about; `nil`: as many as it likes.
  package static func connect(
    port: Int, host: String = "127.0.0.1", buffer: Int? = nil
  ) async throws -> RawConnection {
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false)
    if let buffer {
      bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(buffer))
    }
    let channel = try await bootstrap.connect(host: host, port: port).get()
    return try await channel.eventLoop.flatSubmit { RawHandler.install(on: channel) }.get()
  }

  /// A port on which nobody listens (it was just given back to the system).
  package static func closedPort() async throws -> Int {
    let server = try await RawServer.start { _ in }
    await server.stop()
    return server.port
  }
}
