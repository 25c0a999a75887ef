import Foundation
package import NIOCore
import PhoenixChannels

/// How protocol 1 puts the octets of a body into a JSON string.
package enum BodyEncoding: String, Sendable {
  /// The string is the body: UTF-8 only. What every gateway speaks.
  case utf8
  /// The string is the body in base64 (RFC 4648, 4). Granted by a gateway with `"body_encoding": "base64"` in its join
  /// reply; each message that uses it says so with the same key.
  case base64

  /// - Returns: the string for some octets, `nil` if they are not UTF-8 and the encoding needs that.
  package func text(of bytes: ByteBuffer) -> String? {
    switch self {
    case .utf8: String(validating: bytes.readableBytesView, as: UTF8.self)
    case .base64: Data(bytes.readableBytesView).base64EncodedString()
    }
  }

  /// Appends the string for some octets.
  /// - Returns: `false`, and appends nothing, if they are not UTF-8 and the encoding needs that.
  func append(_ bytes: ByteBuffer, to writer: inout JSONWriter) -> Bool {
    switch self {
    case .utf8:
      guard let text = text(of: bytes) else { return false }
      writer.append(string: text)
    case .base64: writer.append(plain: Data(bytes.readableBytesView).base64EncodedData())
    }
    return true
  }

  /// - Returns: the octets of a string, `nil` if it is no base64.
  package func bytes(of text: String) -> ByteBuffer? {
    switch self {
    case .utf8: ByteBuffer(string: text)
    case .base64: Self.isPadded(text) ? Data(base64Encoded: text).map { ByteBuffer(bytes: $0) } : nil
    }
  }

  /// Whether `=` stands only at the end, and at most twice: Foundation takes it in other places, too.
  private static func isPadded(_ text: String) -> Bool {
    let octets = text.utf8
    guard let first = octets.firstIndex(of: UInt8(ascii: "=")) else { return true }
    let padding = octets[first...]
    return padding.count <= 2 && padding.allSatisfy { $0 == UInt8(ascii: "=") }
  }
}
