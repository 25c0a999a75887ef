import NIOCore
import NIOWebSocket

/// Turns frames into messages: fragments, masks, UTF-8 and sizes as RFC 6455 wants them (sections 5.1 to 5.6, 7.4).
struct MessageAssembler: Sendable {
  enum Event: Equatable {
    case message(WebSocket.Message)
    case ping(ByteBuffer)
    case close(WebSocket.Close)
    case nothing
    /// The peer broke the protocol: the socket is to be closed with this.
    case violation(WebSocket.Close)
  }

  private let maxMessage: Int
  private let expectsMask: Bool
  private var partial: (isText: Bool, octets: ByteBuffer)?

  /// - Parameters:
  ///   - maxMessage: the largest message in octets, whole or in fragments. A larger one is a violation, 1009.
  ///   - expectsMask: true on a server; a client must mask, a server must not.
  init(maxMessage: Int, expectsMask: Bool) {
    self.maxMessage = maxMessage
    self.expectsMask = expectsMask
  }

  mutating func receive(_ frame: WebSocketFrame) -> Event {
    guard (frame.maskKey != nil) == expectsMask else {
      return Self.protocolError(expectsMask ? "a frame without a mask" : "a frame with a mask")
    }
    guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return Self.protocolError("a reserved bit is set") }
    switch frame.opcode {
    case .text, .binary:
      guard partial == nil else { return Self.protocolError("a new message inside another") }
      let isText = frame.opcode == .text
      guard frame.length <= maxMessage else { return tooLarge }
      if frame.fin { return Self.finish(isText: isText, octets: frame.unmaskedData) }
      partial = (isText, frame.unmaskedData)
      return .nothing
    case .continuation:
      guard var whole = partial else { return Self.protocolError("a continuation of nothing") }
      guard whole.octets.readableBytes + frame.length <= maxMessage else { return tooLarge }
      partial = nil
      var octets = frame.unmaskedData
      whole.octets.writeBuffer(&octets)
      if frame.fin { return Self.finish(isText: whole.isText, octets: whole.octets) }
      partial = whole
      return .nothing
    case .ping:
      return .ping(frame.unmaskedData)
    case .pong:
      return .nothing
    case .connectionClose:
      return Self.close(frame.unmaskedData)
    default:
      return Self.protocolError("an unknown opcode")
    }
  }

  private var tooLarge: Event {
    .violation(WebSocket.Close(code: 1009, reason: "a message over \(maxMessage) octets"))
  }

  private static func protocolError(_ reason: String) -> Event {
    .violation(WebSocket.Close(code: 1002, reason: reason))
  }

  private static func finish(isText: Bool, octets: ByteBuffer) -> Event {
    guard isText else { return .message(.binary(octets)) }
    guard let text = String(validating: octets.readableBytesView, as: UTF8.self) else {
      return .violation(WebSocket.Close(code: 1007, reason: "text that is not UTF-8"))
    }
    return .message(.text(text))
  }

  private static func close(_ octets: ByteBuffer) -> Event {
    var octets = octets
    guard octets.readableBytes > 0 else { return .close(WebSocket.Close(code: 1005, reason: "")) }
    guard let code = octets.readInteger(as: UInt16.self), WebSocket.Close.isAllowedOnTheWire(code) else {
      return protocolError("a close code that must not be sent")
    }
    guard let reason = String(validating: octets.readableBytesView, as: UTF8.self) else {
      return .violation(WebSocket.Close(code: 1007, reason: "a reason that is not UTF-8"))
    }
    return .close(WebSocket.Close(code: code, reason: reason))
  }
}

extension WebSocket.Close {
  /// Whether a close frame may carry this code (RFC 6455, section 7.4; 1012 to 1014 are registered with IANA).
  static func isAllowedOnTheWire(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
