import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Opens plain TCP connections for tests.
package enum RawClient {
  /// - Parameter buffer: the octets that the system holds for the reader, about; `nil`: as many as it likes.
  package static func connect(
    port: Int, host: String = "127.0.0.1", buffer: Int? = nil
  ) async throws -> RawConnection {
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false)
      .channelOption(.maxMessagesPerRead, value: 1)
    if let buffer {
      bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(buffer))
    }
    let channel = try await bootstrap.connect(host: host, port: port).get()
    return try await channel.eventLoop.flatSubmit { RawHandler.install(on: channel) }.get()
  }

  /// Where the next free port is looked for. The system gives ports from 32768 on to whoever does not care (Linux), so below
  /// nobody takes one between this look and its use.
  private static let nextPort = Mutex(UInt16.random(in: 10_000..<30_000))

  /// A port to listen on, another one each time.
  package static func freePort() async throws -> Int {
    for _ in 0..<1000 {
      let candidate = nextPort.withLock { port in
        port = port < 32_000 ? port + 1 : 10_000
        return port
      }
      guard let (descriptor, port) = bind(to: candidate) else { continue }
      close(descriptor)
      return port
    }
    throw IOError(errnoCode: EADDRINUSE, reason: "no port")
  }

  /// A port on which nobody listens, and nobody will: a socket that does not listen holds it while the process runs.
  package static func closedPort() throws -> Int {
    guard let (_, port) = bind(to: 0) else { throw IOError(errnoCode: errno, reason: "no port") }
    return port
  }

  /// A socket at a port of this machine; 0: the system chooses. `nil`: it is taken.
  private static func bind(to port: UInt16) -> (descriptor: CInt, port: Int)? {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        Foundation.bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
      }
    }
    guard code == 0 else {
      close(descriptor)
      return nil
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }
}
