package import HTTPTypes
package import NIOCore
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
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }
}
