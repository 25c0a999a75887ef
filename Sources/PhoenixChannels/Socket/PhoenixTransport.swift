package import HTTPWire

/// What a ``PhoenixSocket`` runs over: a WebSocket, or in a test a queue in memory.
package protocol PhoenixTransport: Sendable {
  /// Returns when the message is written.
  func send(_ message: WebSocket.Message) async throws
  /// The next message; nil at the end. One consumer at a time.
  func receive() async throws -> WebSocket.Message?
  func close(code: UInt16, reason: String) async
  /// How it ended; nil while it is open.
  var closure: WebSocket.Close? { get }
}

/// A WebSocket as a transport.
package struct WebSocketTransport: PhoenixTransport {
  private let socket: WebSocket

  package init(_ socket: WebSocket) {
    self.socket = socket
  }

  package var closure: WebSocket.Close? { socket.closure }

  package func send(_ message: WebSocket.Message) async throws {
    try await socket.send(message)
  }

  package func receive() async throws -> WebSocket.Message? {
    try await socket.receive()
  }

  package func close(code: UInt16, reason: String) async {
    await socket.close(code: code, reason: reason)
  }
}
