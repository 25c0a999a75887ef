/// The opcodes of frames (RFC 6455, section 5.2). All others are reserved.
enum FrameOpcode: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  /// Control frames are whole and have at most 125 octets (section 5.5).
  var isControl: Bool { rawValue >= 8 }

  init(_ opcode: WebSocketPiece.Opcode) {
    switch opcode {
    case .continuation: self = .continuation
    case .text: self = .text
    case .binary: self = .binary
    }
  }
}
