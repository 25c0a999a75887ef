package import HTTPTypes
package import NIOCore
import PipelineFile
package import TelephoneKit

/// A request before it is sent: what a command line, a file or a recording says of it. The same draft can be sent often.
package struct RequestDraft: Sendable, Hashable {
  /// What it is called in tables and messages, such as `requests.har entry 3`; `nil`: by its method and target.
  package var name: String?
  /// The method token.
  package var method: HTTPRequest.Method
  /// `http` or `https`: how the client spoke to the gateway.
  package var scheme: String
  /// What the client put into `Host`.
  package var authority: String
  /// Path and query, as they would come in.
  package var target: String
  package var clientAddress: String?
  /// In their order, with repeats, without `Host`.
  package var fields: HTTPFields
  package var body: ByteBuffer
  package var trailers: HTTPFields?
  /// Whether it asks for a WebSocket.
  package var asksForWebSocket: Bool
  /// What a person should know of the way it was read: what was left out or had no effect. Sentences with a full stop.
  package var notes: [String] = []

  package init(
    name: String? = nil, method: HTTPRequest.Method = .get, scheme: String = "http", authority: String = "localhost",
    target: String = "/", clientAddress: String? = "127.0.0.1", fields: HTTPFields = [:],
    body: ByteBuffer = ByteBuffer(), trailers: HTTPFields? = nil, asksForWebSocket: Bool = false
  ) {
    self.name = name
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.target = target
    self.clientAddress = clientAddress
    self.fields = fields
    self.body = body
    self.trailers = trailers
    self.asksForWebSocket = asksForWebSocket
  }

  /// A request that can be sent once, with a body of its own.
  package var request: Request {
    Request(
      method: method, scheme: scheme, authority: authority, target: target, fields: fields,
      body: Body(body, trailers: trailers), clientAddress: clientAddress, asksForWebSocket: asksForWebSocket)
  }
}

extension RequestDraft {
  /// Whether a text can be the target of a request: not empty, without spaces and control characters.
  package static func isTarget(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { $0 != " " && $0.properties.generalCategory != .control }
  }

  /// Whether a text can stand in `Host` (RFC 9110, 7.2): a host and a port, an IPv6 address in brackets, or nothing.
  package static func isAuthority(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains(where: { "/\\?#@<>\"".contains($0) })
    else {
      return false
    }
    guard text.contains("[") || text.contains("]") else { return true }
    guard let address = text.wholeMatch(of: /\[([^\[\]]*)\](:\d*)?/)?.1 else { return false }
    return address.contains(":") && isAddress(String(address))
  }

  /// Whether a text is an IP address.
  package static func isAddress(_ text: String) -> Bool { AddressRange(text) != nil && !text.contains("/") }
}
