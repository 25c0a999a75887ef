/// The URL of a Phoenix socket: the gateway's, with the token and the serializer's version in its query.
///
/// Its description never shows the token.
package struct SocketURL: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The whole URL. Holds the token: give it to the WebSocket client, and to nothing else.
  package let secretURL: String
  /// The URL without its query.
  package let description: String

  package var debugDescription: String { description }

  /// - Parameters:
  ///   - gateway: `ws://` or `wss://`, to the socket's path (Phoenix serves it under `…/websocket`). A query that it
  ///     has is kept and stands first; a fragment is left out.
  ///   - token: percent-encoded as a query's value (RFC 3986, section 2.3).
  ///   - version: the serializer's.
  package init(gateway: String, token: String, version: String = "2.0.0") {
    let url = gateway.prefix { $0 != "#" }
    let base = url.prefix { $0 != "?" }
    let query = url.dropFirst(base.count + 1)
    let separator = query.isEmpty || query.hasSuffix("&") ? "" : "&"
    description = String(base)
    secretURL =
      "\(base)?\(query)\(separator)token=\(Self.encode(token))&vsn=\(Self.encode(version))"
  }

  private static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var octets: [UInt8] = []
    for octet in text.utf8 {
      switch octet {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        octets.append(octet)
      default:
        octets += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 0x0F)]]
      }
    }
    return String(decoding: octets, as: UTF8.self)
  }
}
