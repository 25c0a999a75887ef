import HTTPTypes
import HTTPWire
import TelephoneKit

/// The WebSocket of a client at the door, frame by frame.
final class DoorWebSocket: WebSocketPeer {
  private let socket: FrameSocket

  init(_ socket: FrameSocket) { self.socket = socket }

  /// What the client is told of a 101: the fields that belong to one connection are the door's own (RFC 6455, 4.2.2).
  static func fields(of answer: HTTPFields) -> HTTPFields {
    HTTPFields(
      answer.withoutHopByHop().lazy.filter { field in
        !["sec-websocket-accept", "sec-websocket-extensions", "content-length"].contains(field.name.canonicalName)
      })
  }

  func receive() async throws -> WebSocketFrame {
    switch try await socket.receive() {
    case .data(let opcode, let octets, let isFinal):
      return .data(WebSocketFrame.Opcode(rawValue: opcode.rawValue) ?? .continuation, octets, isFinal: isFinal)
    case .ping(let octets): return .ping(octets)
    case .pong(let octets): return .pong(octets)
    case .close(let code, let reason): return .close(code: code, reason: reason)
    case nil: throw ClientGone()
    }
  }

  func send(_ frame: WebSocketFrame) async throws {
    switch frame {
    case .data(let opcode, let octets, let isFinal):
      let opcode = WebSocketPiece.Opcode(rawValue: opcode.rawValue) ?? .continuation
      try await socket.send(.data(opcode, octets, isFinal: isFinal))
    case .ping(let octets): try await socket.send(.ping(octets))
    case .pong(let octets): try await socket.send(.pong(octets))
    case .close(let code, let reason): try await socket.send(.close(code: code, reason: reason))
    }
  }

  func abort(_ error: any Error) async { socket.abort() }
}
