import Foundation
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

  /// A port to listen on: it was just given back to the system.
  package static func freePort() async throws -> Int {
    let server = try await RawServer.start { _ in }
    await server.stop()
    return server.port
  }

  /// A port on which nobody listens, and nobody will: a socket that does not listen holds it while the process runs.
  package static func closedPort() throws -> Int {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
      }
    }
    guard code == 0 else { throw IOError(errnoCode: errno, reason: "no port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
