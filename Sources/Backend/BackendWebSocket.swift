import HTTPWire
import TelephoneKit

/// A backend's WebSocket as the runner joins it with the client's.
final class BackendWebSocket: WebSocketPeer {
  private let socket: FrameSocket

  init(_ socket: FrameSocket) { self.socket = socket }

  func receive() async throws -> WebSocketFrame {
    switch try await socket.receive() {
    case .data(let opcode, let octets, let isFinal): .data(Self.opcode(opcode), octets, isFinal: isFinal)
    case .ping(let octets): .ping(octets)
    case .pong(let octets): .pong(octets)
    case .close(let code, let reason): .close(code: code, reason: reason)
    case nil: throw BackendFault(.closed)
    }
  }

  func send(_ frame: WebSocketFrame) async throws {
    switch frame {
    case .data(let opcode, let octets, let isFinal):
      try await socket.send(.data(Self.opcode(opcode), octets, isFinal: isFinal))
    case .ping(let octets): try await socket.send(.ping(octets))
    case .pong(let octets): try await socket.send(.pong(octets))
    case .close(let code, let reason): try await socket.send(.close(code: code, reason: reason))
    }
  }

  func abort(_ error: any Error) async { socket.abort() }

  private static func opcode(_ opcode: WebSocketPiece.Opcode) -> WebSocketFrame.Opcode {
    switch opcode {
    case .continuation: .continuation
    case .text: .text
    case .binary: .binary
    }
  }

  private static func opcode(_ opcode: WebSocketFrame.Opcode) -> WebSocketPiece.Opcode {
    switch opcode {
    case .continuation: .continuation
    case .text: .text
    case .binary: .binary
    }
  }
}
