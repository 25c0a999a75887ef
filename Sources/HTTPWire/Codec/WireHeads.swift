package import HTTPTypes

/// The head of a request, as it came.
package struct WireRequestHead: Sendable, Equatable {
  /// Any token (RFC 9110, section 9.1).
  package var method: HTTPRequest.Method
  /// The request target, octet for octet: visible ASCII (RFC 9112, section 3.2).
  package var target: String
  /// Whether the version is HTTP/1.1; else it is HTTP/1.0.
  package var isHTTP11: Bool
  /// All fields in their order, with repeats; names as they were written, values without the spaces around them, and
  /// otherwise octet for octet. Octets above 0x7F need `withUnsafeBytesOfValue` to be seen as they are.
  package var fields: HTTPFields

  package init(method: HTTPRequest.Method, target: String, isHTTP11: Bool = true, fields: HTTPFields = [:]) {
    self.method = method
    self.target = target
    self.isHTTP11 = isHTTP11
    self.fields = fields
  }
}

/// The head of an answer, as it came, without its reason phrase (RFC 9112, section 4).
package struct WireResponseHead: Sendable, Equatable {
  /// 100 to 999.
  package var status: Int
  /// Whether the version is HTTP/1.1; else it is HTTP/1.0.
  package var isHTTP11: Bool
  /// All fields, see ``WireRequestHead/fields``.
  package var fields: HTTPFields

  package init(status: Int, isHTTP11: Bool = true, fields: HTTPFields = [:]) {
    self.status = status
    self.isHTTP11 = isHTTP11
    self.fields = fields
  }
}
