package import NIOCore
import NIOPosix
package import NIOSSL
import Synchronization

/// One connection that is being made, TLS included.
package final class ConnectAttempt: Sendable {
  private struct State {
    var channels: [any Channel] = []
    var isGivenUp = false
  }

  private let ready: EventLoopPromise<ClientConnection>
  private let state = Mutex(State())

  /// Begins to connect.
  /// - Parameters:
  ///   - tls: for https; the name of the endpoint is what the certificate must be for.
  ///   - timeout: when it is given up by itself.
  ///   - clock: for the time limits of a WebSocket that the connection may become.
  ///   - onFree: called on the loop when an exchange is over and another one may follow.
  ///   - onClosed: called on the loop when no exchange will follow, if there was a connection.
  package init(
    to endpoint: ClientEndpoint, on loop: any EventLoop, tls: NIOSSLContext?, timeout: TimeAmount,
    clock: any Clock<Duration>, onFree: @escaping @Sendable () -> Void, onClosed: @escaping @Sendable () -> Void
  ) {
    ready = loop.makePromise()
    let bootstrap = ClientBootstrap(group: loop)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.maxMessagesPerRead, value: 2)
      .connectTimeout(timeout)
      .channelInitializer { channel in
        // A name with several addresses makes several channels, of which one is chosen.
        channel.eventLoop.makeCompletedFuture { try self.prepare(channel, endpoint, tls, clock) }
      }
    let connected: EventLoopFuture<any Channel>
    switch endpoint {
    case .unix(let path): connected = bootstrap.connect(unixDomainSocketPath: path)
    case .tcp(let host, let port):
      if let address = try? SocketAddress(ipAddress: host, port: port) {
        connected = bootstrap.connect(to: address)
      } else {
        connected = bootstrap.connect(host: host, port: port)
      }
    }
    connected.whenComplete { [ready] result in
      do {
        let channel = try result.get()
        SocketOptions.apply(to: channel)
        let handler = try channel.pipeline.syncOperations.handler(type: ClientHandler.self)
        let connection = ClientConnection(channel: channel, handler: handler)
        handler.adopt(
          ClientHandler.Owner(
            onReady: { ready.completeWith($0.map { connection }) }, onFree: onFree, onClosed: onClosed))
        guard tls != nil else { return }
        let timer = loop.scheduleTask(in: timeout) {
          ready.fail(ChannelError.connectTimeout(timeout))
          connection.close()
        }
        ready.futureResult.whenComplete { _ in timer.cancel() }
      } catch {
        ready.fail(error)
      }
    }
  }

  /// Waits for the connection. Called once.
  /// - Throws: what kept it from being made; ``ClientFault`` of kind `givenUp` after ``giveUp()``.
  package func connection() async throws -> ClientConnection { try await ready.futureResult.get() }

  /// Stops. From any thread, and harmless after the end.
  package func giveUp() {
    let channels = state.withLock { state in
      state.isGivenUp = true
      return state.channels
    }
    ready.fail(ClientFault(.givenUp))
    for channel in channels { channel.close(promise: nil) }
  }

  private func prepare(
    _ channel: any Channel, _ endpoint: ClientEndpoint, _ tls: NIOSSLContext?, _ clock: any Clock<Duration>
  ) throws {
    let isLate = state.withLock { state in
      state.channels.append(channel)
      return state.isGivenUp
    }
    guard !isLate else { throw ClientFault(.givenUp) }
    let operations = channel.pipeline.syncOperations
    if let tls {
      try operations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: endpoint.serverName))
    }
    try operations.addHandler(ClientHandler(isSecure: tls != nil, clock: clock))
  }
}
