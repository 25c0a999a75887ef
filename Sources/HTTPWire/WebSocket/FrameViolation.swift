/// How a peer broke the protocol, as the close frame that it gets (RFC 6455, sections 7.1.7 and 7.4.1).
struct FrameViolation: Error, Equatable {
  var close: WebSocket.Close

  init(_ code: UInt16, _ reason: String) {
    close = WebSocket.Close(code: code, reason: reason)
  }

  static func tooLarge(limit: Int) -> FrameViolation {
    FrameViolation(1009, "a message over \(limit) octets")
  }
}
