import Crypto
package import HTTPTypes

/// The opening handshake of RFC 6455 (section 4), without input or output.
package enum WebSocketHandshake {
  /// What a request asks for.
  package enum Verdict: Sendable, Equatable {
    /// Not for a WebSocket.
    case other
    /// For a WebSocket; with the value of `Sec-WebSocket-Accept` that a 101 must have.
    case right(accept: String)
    /// For a WebSocket, but not as it must: answer with this status; 426 with `Sec-WebSocket-Version: 13`.
    case wrong(status: Int)
  }

  /// Looks at a request's head (section 4.2.1). A request is for a WebSocket when `Upgrade` says so.
  /// - Parameter isHTTP11: HTTP/1.1; an `Upgrade` in HTTP/1.0 is ignored (RFC 9110, section 7.8).
  package static func check(method: HTTPRequest.Method, isHTTP11: Bool, fields: HTTPFields) -> Verdict {
    // A handshake is a GET; who may ignore an Upgrade, does so (RFC 9110, 7.8).
    guard isHTTP11, method == .get, CheckedFields.list(fields[values: .upgrade], contains: "websocket") else {
      return .other
    }
    guard CheckedFields.list(fields[values: .connection], contains: "upgrade") else {
      return .wrong(status: 400)
    }
    guard fields[values: .secWebSocketVersion] == ["13"] else {
      return .wrong(status: fields[.secWebSocketVersion] == nil ? 400 : 426)
    }
    let keys = fields[values: .secWebSocketKey]
    guard keys.count == 1, let key = keys.first, isKey(key) else { return .wrong(status: 400) }
    return .right(accept: accept(for: key))
  }

  /// The fields of a 101 that accepts (section 4.2.2).
  package static func answer(accept value: String) -> HTTPFields {
    [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketAccept: value]
  }

  /// The fields of a request that asks (section 4.1), without `Host`.
  package static func request(key value: String) -> HTTPFields {
    [.connection: "Upgrade", .upgrade: "websocket", .secWebSocketKey: value, .secWebSocketVersion: "13"]
  }

  /// A fresh key: 16 random octets in base64.
  package static func newKey(using random: inout some RandomNumberGenerator) -> String {
    var octets: [UInt8] = []
    for _ in 0..<2 {
      let number = random.next()
      for shift in 0..<8 { octets.append(UInt8(truncatingIfNeeded: number >> (UInt64(shift) * 8))) }
    }
    return base64(octets)
  }

  package static func newKey() -> String {
    var random = SystemRandomNumberGenerator()
    return newKey(using: &random)
  }

  /// Whether the fields of a 101 accept the request that had `key` (section 4.1). No extension was asked for, so none
  /// may be there.
  package static func isAccepted(_ fields: HTTPFields, key: String) -> Bool {
    CheckedFields.list(fields[values: .upgrade], contains: "websocket")
      && CheckedFields.list(fields[values: .connection], contains: "upgrade")
      && fields[values: .secWebSocketAccept] == [accept(for: key)] && fields[values: .secWebSocketExtensions].isEmpty
  }

  /// The answer to a key (section 4.2.2, item 5.4).
  package static func accept(for key: String) -> String {
    base64(Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)))
  }

  /// Whether it is 16 octets in base64: 22 characters, of which the last has 4 bits that are zero, and `==`.
  private static func isKey(_ key: String) -> Bool {
    let octets = Array(key.utf8)
    guard octets.count == 24, octets.suffix(2).elementsEqual("==".utf8) else { return false }
    guard octets.prefix(21).allSatisfy({ alphabet.contains($0) }) else { return false }
    return "AQgw".utf8.contains(octets[21])
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Base64 with padding (RFC 4648, section 4).
  private static func base64(_ octets: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for octet in octets {
      bits = bits << 8 | UInt32(octet)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 0x3F)])
      }
      bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 0x3F)]) }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
  }
}
