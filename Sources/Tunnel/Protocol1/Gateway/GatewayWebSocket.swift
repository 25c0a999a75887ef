package import TelephoneKit

/// The telephone's end of a WebSocket that it opened: the backend's frames come out of it, the client's go in.
package final class GatewayWebSocket: WebSocketPeer {
  /// What the backend chose of the subprotocols, for the client's 101.
  package let subprotocol: String?
  private let socket: TunnelSocket
  private let forget: @Sendable () -> Void

  init(_ socket: TunnelSocket, subprotocol: String?, forget: @escaping @Sendable () -> Void) {
    self.socket = socket
    self.subprotocol = subprotocol
    self.forget = forget
  }

  package var connectionID: String { socket.id }

  /// Called once if the client is too slow for what the telephone sends: its connection should be aborted.
  package func onOverrun(_ action: @escaping @Sendable () -> Void) { socket.onOverrun(action) }

  package func receive() async throws -> WebSocketFrame { try await socket.receive() }

  package func send(_ frame: WebSocketFrame) async throws { try await socket.send(frame) }

  package func abort(_ error: any Error) async {
    forget()
    await socket.abort(error)
  }
}
