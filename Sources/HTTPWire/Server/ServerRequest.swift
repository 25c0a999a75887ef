package import HTTPTypes

/// The head of a request, as it was received.
package struct ServerRequestHead: Sendable, Equatable {
  /// Any token.
  package var method: HTTPRequest.Method
  /// The request target, octet for octet (RFC 9112, section 3.2).
  package var target: String
  /// The value of `Host`; where an HTTP/1.0 request has none, the authority of its target, or empty.
  package var authority: String
  /// The fields in order, with repeats, without `Host`. Names and values are those of ``WireRequestHead/fields``. When
  /// ``asksForWebSocket``, the key, version and extensions of the handshake are left out.
  package var fields: HTTPFields
  /// The address of the client, without its port; "unknown" when there is none.
  package var remoteAddress: String
  /// Whether it is a right handshake of RFC 6455, section 4.2.1. Wrong ones are refused before a handler sees them.
  package var asksForWebSocket: Bool
  /// Whether the client waits for `100 Continue` before it sends the content (RFC 9110, section 10.1.1).
  package var expectsContinue: Bool

  package init(
    method: HTTPRequest.Method, target: String, authority: String, fields: HTTPFields, remoteAddress: String,
    asksForWebSocket: Bool = false, expectsContinue: Bool = false
  ) {
    self.method = method
    self.target = target
    self.authority = authority
    self.fields = fields
    self.remoteAddress = remoteAddress
    self.asksForWebSocket = asksForWebSocket
    self.expectsContinue = expectsContinue
  }
}

package struct ServerRequest: Sendable {
  package var head: ServerRequestHead
  /// Whether the head announces content. Without it, ``body`` ends at once.
  package let hasContent: Bool
  package let body: ServerBody
}
