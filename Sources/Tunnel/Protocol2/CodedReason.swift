import NIOCore

/// The payload of RESET and CLOSE: `code u16, reason` in UTF-8.
struct CodedReason: Sendable, Equatable {
  /// The longest reason of a RESET that is sent or kept, in octets.
  static let longestResetReason = 512
  /// The longest reason of a WebSocket close (RFC 6455, 5.5).
  static let longestCloseReason = 123

  var code: UInt16
  var reason: String

  /// Reads a RESET. What is no UTF-8 is mended, what is too long is cut: nobody but a log sees it.
  /// - Returns: `nil` if there is no code.
  static func reset(_ payload: ByteBuffer) -> CodedReason? {
    var payload = payload
    guard let code = payload.readInteger(as: UInt16.self) else { return nil }
    let octets = payload.readSlice(length: min(payload.readableBytes, longestResetReason)) ?? ByteBuffer()
    return CodedReason(code: code, reason: String(buffer: octets))
  }

  /// Reads a CLOSE.
  /// - Returns: `nil` for a code that never is on the wire (RFC 6455, 7.4), 1005 with a reason, a reason that is too long
  ///   or no UTF-8.
  static func close(_ payload: ByteBuffer) -> CodedReason? {
    var payload = payload
    guard let code = payload.readInteger(as: UInt16.self), isCloseCode(code),
      payload.readableBytes <= longestCloseReason,
      let reason = String(validating: payload.readableBytesView, as: UTF8.self),
      code != noCloseCode || reason.isEmpty
    else { return nil }
    return CodedReason(code: code, reason: reason)
  }

  /// Stands for a close without a code.
  static let noCloseCode: UInt16 = 1005

  /// Whether a CLOSE may carry this code: one that a close frame may have, or the one for none.
  static func isCloseCode(_ code: UInt16) -> Bool { code == noCloseCode || SocketClose.isCode(code) }

  /// - Parameter limit: the octets of the reason; what is longer is cut at a character.
  func write(upTo limit: Int, into buffer: inout ByteBuffer) {
    buffer.writeInteger(code)
    buffer.writeSubstring(Self.cut(reason, to: limit))
  }

  private static func cut(_ reason: String, to limit: Int) -> Substring {
    guard reason.utf8.count > limit else { return reason[...] }
    var end = reason.utf8.index(reason.startIndex, offsetBy: max(0, limit))
    while end.samePosition(in: reason.unicodeScalars) == nil { end = reason.utf8.index(before: end) }
    return reason[..<end]
  }
}
