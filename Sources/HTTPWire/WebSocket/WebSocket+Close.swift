extension WebSocket {
  /// How a WebSocket ended.
  package struct Close: Sendable, Equatable {
    /// The code of the close frame; 1005 when the frame had none, 1006 when the peer vanished without one.
    package var code: UInt16
    package var reason: String

    package init(code: UInt16, reason: String = "") {
      self.code = code
      self.reason = reason
    }

    /// Whether a close frame may carry this code (RFC 6455, section 7.4; 1012 to 1014 are registered with IANA).
    package static func isAllowedOnTheWire(_ code: UInt16) -> Bool {
      switch code {
      case 1000...1003, 1007...1014, 3000...4999: true
      default: false
      }
    }
  }
}
