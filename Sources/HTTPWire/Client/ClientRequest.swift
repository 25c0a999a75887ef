package import HTTPTypes
package import NIOCore

/// A request as a client's connection sends it.
package struct ClientRequest: Sendable {
  package enum Content: Sendable {
    /// No content; with `Content-Length: 0` where the method makes one expect content (RFC 9110, 8.6).
    case none
    /// All of it, with trailer fields; chunked if there are any.
    case whole(ByteBuffer, trailers: HTTPFields?)
    /// Written piece by piece: so many octets, or chunked.
    case streamed(length: Int?)
  }

  package var method: HTTPRequest.Method
  /// The target, octet for octet.
  package var target: String
  /// The value of `Host`.
  package var authority: String
  /// All other fields. `Host`, `Content-Length` and `Transfer-Encoding` among them are left out, and `Expect` where there
  /// is no content that it could be about (RFC 9110, 10.1.1).
  package var fields: HTTPFields
  package var content: Content
  /// The `Sec-WebSocket-Key` of a handshake (RFC 6455, 4.1). The fields of the handshake are made anew for each hop, all
  /// but `Sec-WebSocket-Protocol`.
  package var webSocketKey: String?

  package init(
    method: HTTPRequest.Method, target: String, authority: String, fields: HTTPFields = [:],
    content: Content = .none, webSocketKey: String? = nil
  ) {
    self.method = method
    self.target = target
    self.authority = authority
    self.fields = fields
    self.content = content
    self.webSocketKey = webSocketKey
  }

  var hasNoContent: Bool { if case .none = content { true } else { false } }

  /// Whether the content is sent only when the peer asks for it (RFC 9110, 10.1.1).
  package var expectsContinue: Bool {
    if hasNoContent { return false }
    // A look-up by name would make an index of all fields.
    return fields.contains { $0.name == .expect && $0.value.lowercased() == "100-continue" }
  }

  /// How the content is framed.
  var framing: ContentFraming {
    switch content {
    case .none: .none
    case .whole(let octets, nil): .length(octets.readableBytes)
    case .whole, .streamed(nil): .chunked
    case .streamed(let length?): .length(length)
    }
  }

  /// Writes the head.
  /// - Throws: a ``WireFault`` for a target that cannot be sent.
  func writeHead(into buffer: inout ByteBuffer) throws(WireFault) {
    // The head without fields, less its empty line.
    try MessageEncoder.write(WireRequestHead(method: method, target: target), into: &buffer)
    buffer.moveWriterIndex(to: buffer.writerIndex - 2)
    MessageEncoder.write(HTTPField(name: Self.host, value: authority), into: &buffer)
    for field in fields where !isOurs(field.name) { MessageEncoder.write(field, into: &buffer) }
    if let webSocketKey { MessageEncoder.write(WebSocketHandshake.request(key: webSocketKey), into: &buffer) }
    switch framing {
    case .none: if expectsContent { buffer.writeStaticString("Content-Length: 0\r\n") }
    case .length(let length): buffer.writeString("Content-Length: \(length)\r\n")
    case .chunked, .untilClose: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
    }
    buffer.writeStaticString("\r\n")
  }

  private func isOurs(_ name: HTTPField.Name) -> Bool {
    if webSocketKey != nil, Self.isOfHandshake(name) { return true }
    // By length first: most names are compared with nothing then.
    return switch name.canonicalName.utf8.count {
    case 4: name == Self.host
    case 6: name == .expect && framing == .none
    case 14: name == .contentLength
    case 17: name == .transferEncoding
    default: false
    }
  }

  /// Whether an answer 101 agrees to the handshake: a right accept key, no extension, and a subprotocol that was offered,
  /// or none (RFC 6455, 4.1).
  func isAccepted(by answer: WireResponseHead) -> Bool {
    guard let webSocketKey, WebSocketHandshake.isAccepted(answer.fields, key: webSocketKey) else { return false }
    let chosen = answer.fields[values: .secWebSocketProtocol]
    guard let choice = chosen.first else { return true }
    return chosen.count == 1
      && fields[values: .secWebSocketProtocol].contains { line in
        line.split(separator: ",").contains { CheckedFields.trim(String($0)) == choice }
      }
  }

  private static func isOfHandshake(_ name: HTTPField.Name) -> Bool {
    name == .connection || name == .upgrade || name == .secWebSocketVersion || name == .secWebSocketKey
      || name == .secWebSocketExtensions || name == .secWebSocketAccept
  }

  private var expectsContent: Bool {
    switch method {
    case .get, .head, .delete, .options, .connect, .trace: false
    default: true
    }
  }

  private static let host = HTTPField.Name("Host") ?? .from
}
