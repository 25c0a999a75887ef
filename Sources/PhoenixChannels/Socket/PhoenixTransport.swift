package import HTTPWire

/// What a ``PhoenixSocket`` runs over: a WebSocket, or in a test a queue in memory.
package protocol PhoenixTransport: Sendable {
  /// Returns when the peer can be sent more.
  func send(_ message: WebSocket.Message) async throws
  /// The same for octets that are not joined yet. Default: joins them.
  func send(_ payload: WebSocket.Payload) async throws
  /// The next message; nil at the end. One consumer at a time.
  func receive() async throws -> WebSocket.Message?
  func close(code: UInt16, reason: String) async
  /// How it ended; nil while it is open.
  var closure: WebSocket.Close? { get }
  /// What has moved so far, in octets. Default: nothing.
  var flow: WebSocket.Flow { get async }
  /// Where to run what sends and receives, so that it changes no threads. Default nil: anywhere.
  var executor: (any TaskExecutor)? { get }
}

extension PhoenixTransport {
  package func send(_ payload: WebSocket.Payload) async throws {
    try await send(payload.message)
  }

  package var executor: (any TaskExecutor)? { nil }

  package var flow: WebSocket.Flow { get async { WebSocket.Flow() } }
}

/// A WebSocket as a transport.
package struct WebSocketTransport: PhoenixTransport {
  private let socket: WebSocket

  package init(_ socket: WebSocket) {
    self.socket = socket
  }

  package var closure: WebSocket.Close? { socket.closure }

  package var executor: (any TaskExecutor)? { socket.executor }

  package var flow: WebSocket.Flow { get async { await socket.flow } }

  package func send(_ message: WebSocket.Message) async throws {
    try await socket.send(message)
  }

  package func send(_ payload: WebSocket.Payload) async throws {
    try await socket.send(payload)
  }

  package func receive() async throws -> WebSocket.Message? {
    try await socket.receive()
  }

  package func close(code: UInt16, reason: String) async {
    await socket.close(code: code, reason: reason)
  }
}
