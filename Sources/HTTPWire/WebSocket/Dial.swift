import HTTPTypes
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The system's number for a refused connection.
let refusedNumber = ECONNREFUSED

/// One attempt to open a WebSocket. Every wait in it ends when its task is cancelled.
final class Dial: Sendable {
  /// A connection whose upgrade request is on its way.
  struct Handshake: Sendable {
    var socket: EventLoopFuture<WebSocket>
  }

  private struct State {
    var abandoned = false
    var channels: [any Channel] = []
    var tls: NIOSSLContext?
  }

  private let url: WebSocketURL
  private let fields: HTTPFields
  private let configuration: WebSocketClient.Configuration
  private let clock: any Clock<Duration>
  private let contexts: TLSContexts
  private let state = Mutex(State())

  init(
    url: WebSocketURL, fields: HTTPFields, configuration: WebSocketClient.Configuration, clock: any Clock<Duration>,
    contexts: TLSContexts
  ) {
    self.url = url
    self.fields = fields
    self.configuration = configuration
    self.clock = clock
    self.contexts = contexts
  }

  /// Reads the trusted certificates, if they were not read before.
  func prepareTLS() async throws {
    guard url.isSecure else { return }
    do {
      let context = try await contexts.context(caFile: configuration.caFile)
      state.withLock { $0.tls = context }
    } catch {
      if error is CancellationError { throw error }
      let what = configuration.caFile.map { "the CA file \($0)" } ?? "the trusted certificates"
      throw DialError(.tls, endpoint: "\(url.host):\(url.port)", detail: "\(what) cannot be read")
    }
  }

  /// Resolves the name, connects, and sends the upgrade request.
  func connect() async throws -> Handshake {
    let loop =
      configuration.eventLoop ?? MultiThreadedEventLoopGroup.currentEventLoop
      ?? MultiThreadedEventLoopGroup.singleton.next()
    let connected = ClientBootstrap(group: loop)
      // The deadline is on our clock; this one only has to be later.
      .connectTimeout(.hours(24))
      .channelInitializer { channel in
        self.keep(channel)
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .connect(host: url.host, port: url.port)
      .flatMap { channel in
        channel.eventLoop.submit {
          SocketOptions.apply(to: channel)
          return try self.startHandshake(on: channel)
        }
      }
    return try await untilCancelled(connected)
  }

  /// Waits for the answer to the upgrade request.
  func finish(_ handshake: Handshake) async throws -> WebSocket {
    try await untilCancelled(handshake.socket)
  }

  /// Closes what was opened so far, and what is opened later.
  func abandon() {
    let channels = state.withLock { state in
      state.abandoned = true
      return state.channels
    }
    for channel in channels { channel.close(promise: nil) }
  }

  private func keep(_ channel: any Channel) {
    let late = state.withLock { state in
      state.channels.append(channel)
      return state.abandoned
    }
    if late { channel.close(promise: nil) }
  }

  private func startHandshake(on channel: any Channel) throws -> Handshake {
    let (late, tls) = state.withLock { ($0.abandoned, $0.tls) }
    guard !late else {
      channel.close(promise: nil)
      throw CancellationError()
    }
    let pipeline = channel.pipeline.syncOperations
    if let tls {
      let name = configuration.serverName ?? url.host
      let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
      try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : name))
    }
    let settings = WebSocketSettings(
      isServer: false, maxMessage: configuration.maxMessage, writeTimeout: configuration.writeTimeout,
      closeTimeout: configuration.closeTimeout)
    let handler = try ClientUpgradeHandler.install(
      on: channel, endpoint: "\(url.host):\(url.port)", settings: settings, clock: clock)
    handler.start(target: url.target, authority: url.authority, fields: fields)
    return Handshake(socket: handler.socket)
  }

  /// The value of a future; the dial is abandoned when the task is cancelled first.
  private func untilCancelled<Value: Sendable>(_ future: EventLoopFuture<Value>) async throws -> Value {
    let promise = future.eventLoop.makePromise(of: Value.self)
    future.cascade(to: promise)
    return try await withTaskCancellationHandler {
      let value = try await promise.futureResult.get()
      // It came at the very moment in which the dial was given up: its connection is closing.
      if state.withLock({ $0.abandoned }) { throw CancellationError() }
      return value
    } onCancel: {
      promise.fail(CancellationError())
      abandon()
    }
  }
}
