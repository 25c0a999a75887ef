package import NIOCore
import NIOPosix
import Synchronization

/// A TCP server on 127.0.0.1 that does what a script says.
package final class RawServer: Sendable {
  package let port: Int
  private let channel: any Channel
  private let open: OpenConnections

  private init(channel: any Channel, open: OpenConnections) {
    self.channel = channel
    self.open = open
    self.port = channel.localAddress?.port ?? 0
  }

  /// Starts a server, hands each connection to `script` in a task of its own, and closes it afterwards.
  /// - Parameter configure: adds handlers below the script, TLS for example.
  package static func start(
    configure: @escaping @Sendable (any Channel) throws -> Void = { _ in },
    _ script: @escaping @Sendable (RawConnection) async throws -> Void
  ) async throws -> RawServer {
    let open = OpenConnections()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try configure(channel) }.flatMap {
          RawHandler.install(on: channel) { connection in
            open.add(
              Task {
                try? await script(connection)
                await connection.close()
              }, channel: channel)
          }
        }.map { _ in }
      }
      .bind(host: "127.0.0.1", port: 0)
      .get()
    return RawServer(channel: channel, open: open)
  }

  /// Stops, closes every connection, and waits for the scripts.
  package func stop() async {
    try? await channel.close()
    await open.stop()
  }

  /// Runs `body` with a server, and stops it afterwards.
  package static func with<Value: Sendable>(
    _ script: @escaping @Sendable (RawConnection) async throws -> Void,
    _ body: (RawServer) async throws -> Value
  ) async throws -> Value {
    let server = try await start(script)
    do {
      let value = try await body(server)
      await server.stop()
      return value
    } catch {
      await server.stop()
      throw error
    }
  }
}

private final class OpenConnections: Sendable {
  private let tasks = Mutex<[(task: Task<Void, Never>, channel: any Channel)]>([])

  func add(_ task: Task<Void, Never>, channel: any Channel) {
    tasks.withLock { $0.append((task, channel)) }
  }

  func stop() async {
    let all = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for (task, channel) in all {
      task.cancel()
      channel.close(promise: nil)
    }
    for (task, _) in all { await task.value }
  }
}
