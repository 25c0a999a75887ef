package import HTTPTypes
import NIOCore
import Synchronization

/// What a connection has become.
enum UpgradedSocket: Sendable {
  case starting
  case messages(WebSocket)
  case frames(FrameSocket)
}

extension ResponseWriter {
  /// Answers 101 and turns the connection into a WebSocket, message by message.
  /// - Parameter fields: more fields of the 101, `Sec-WebSocket-Protocol` for example. Those of the handshake itself
  ///   are written here.
  /// - Throws: ``ResponseError``: `notWebSocket`, with nothing written, when the request did not ask for one.
  package func upgrade(fields: HTTPFields = [:]) async throws -> WebSocket {
    let socket = try await switchProtocols(fields) { channel, settings, clock, rest in
      try WebSocket.install(on: channel, settings: settings, clock: clock, rest: rest)
    }
    state.withLock { $0.phase = .upgraded(.messages(socket)) }
    return socket
  }

  /// Answers 101 and turns the connection into a WebSocket, frame by frame.
  /// - Parameter fields: as for ``upgrade(fields:)``.
  /// - Throws: as ``upgrade(fields:)``.
  package func upgradeToFrames(fields: HTTPFields = [:]) async throws -> FrameSocket {
    let socket = try await switchProtocols(fields) { channel, settings, clock, rest in
      try FrameSocket.install(on: channel, settings: settings, clock: clock, rest: rest)
    }
    state.withLock { $0.phase = .upgraded(.frames(socket)) }
    return socket
  }

  /// Whether the connection is a WebSocket now.
  var isUpgraded: Bool {
    state.withLock { if case .upgraded = $0.phase { true } else { false } }
  }

  /// Closes the WebSocket that the handler has left.
  func closeUpgraded() async {
    let socket = state.withLock { state -> UpgradedSocket in
      if case .upgraded(let socket) = state.phase { socket } else { .starting }
    }
    switch socket {
    case .starting: connection.cut(withReset: false)
    case .messages(let socket): await socket.close(code: 1000, reason: "")
    case .frames(let socket):
      // After a close from either side the socket ends the connection by itself, when all is written.
      socket.abort()
      try? await connection.channel.closeFuture.get()
    }
  }

  private func switchProtocols<Socket: Sendable>(
    _ fields: HTTPFields,
    install: @escaping @Sendable (any Channel, WebSocketSettings, any Clock<Duration>, ByteBuffer) throws -> Socket
  ) async throws -> Socket {
    guard case .webSocket(let accept) = upgrade else { throw ResponseError(.notWebSocket) }
    try state.withLock { state in
      guard case .waiting = state.phase else { throw Self.order(state.phase) }
      state.phase = .upgraded(.starting)
    }
    let own = WebSocketHandshake.answer(accept: accept)
    var answer = own
    for field in fields where !own.contains(where: { $0.name == field.name }) { answer.append(field) }
    try await writeInterim(status: 101, fields: answer)
    return try await connection.onLoop { connection in
      // What was gathered leaves before the first frame; and what came behind the request is the socket's.
      _ = connection.output.value.flush()
      let channel = connection.channel
      let reader = connection.reader.value
      guard !reader.inputIsClosed else {
        channel.close(promise: nil)
        throw ResponseError(.connectionLost)
      }
      let rest = reader.takeRest()
      let pipeline = channel.pipeline.syncOperations
      pipeline.removeHandler(reader, promise: nil)
      return try install(channel, connection.webSocketSettings, connection.clock, rest)
    }
  }
}

extension ServerConnection {
  fileprivate var webSocketSettings: WebSocketSettings {
    WebSocketSettings(
      isServer: true, maxMessage: configuration.maxWebSocketMessage, writeTimeout: configuration.writeTimeout,
      closeTimeout: configuration.closeTimeout)
  }
}
