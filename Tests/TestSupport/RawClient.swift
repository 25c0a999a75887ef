import NIOCore
import NIOPosix

/// Opens plain TCP connections for tests.
package enum RawClient {
  package static func connect(port: Int, host: String = "127.0.0.1") async throws -> RawConnection {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false)
      .connect(host: host, port: port)
      .get()
    return try await channel.eventLoop.flatSubmit { RawHandler.install(on: channel) }.get()
  }

  /// A port on which nobody listens (it was just given back to the system).
  package static func closedPort() async throws -> Int {
    let server = try await RawServer.start { _ in }
    await server.stop()
    return server.port
  }
}
