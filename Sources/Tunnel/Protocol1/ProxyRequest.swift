package import HTTPTypes
package import NIOCore
package import PhoenixChannels

/// A `proxy_req`: one whole HTTP request in a message of protocol 1.
package struct ProxyRequest: Sendable {
  package var requestID: String
  package var method: HTTPRequest.Method
  /// The target's path: begins with `/`, or is `*`.
  package var path: String
  /// What follows the target's `?`; empty if there is none.
  package var queryString: String
  /// All fields as they came, `Host` among them.
  package var fields: HTTPFields
  package var body: ByteBuffer

  package init(
    requestID: String, method: HTTPRequest.Method, path: String, queryString: String, fields: HTTPFields,
    body: ByteBuffer
  ) {
    self.requestID = requestID
    self.method = method
    self.path = path
    self.queryString = queryString
    self.fields = fields
    self.body = body
  }

  /// Reads what a gateway pushed. `query_string`, `headers` and `body` may be missing.
  /// - Throws: a ``PayloadFault`` that names the key.
  package init(_ payload: JSONValue) throws(PayloadFault) {
    let reader = try PayloadReader(payload)
    requestID = reader.id
    guard let method = HTTPRequest.Method(try reader.string("method")) else {
      throw reader.fault("method", "is no method token")
    }
    self.method = method
    path = try reader.path()
    queryString = try reader.queryString()
    fields = try reader.fields()
    body = try reader.bytes("body", try reader.string("body", or: ""), try reader.bodyEncoding())
  }

  /// The payload to push. Repeated fields are joined with `, `, `Cookie` with `; ` (RFC 6265, 5.4); those that are no
  /// text are left out.
  /// - Returns: `nil` if the body cannot be carried in that encoding.
  package func payload(_ encoding: BodyEncoding) -> JSONValue? {
    guard let text = encoding.text(of: body) else { return nil }
    var payload: [String: JSONValue] = [
      "request_id": .string(requestID), "method": .string(method.rawValue), "path": .string(path),
      "query_string": .string(queryString), "headers": .object(fields.proxyHeaders), "body": .string(text),
    ]
    if encoding == .base64 { payload["body_encoding"] = "base64" }
    return .object(payload)
  }
}

extension HTTPFields {
  /// As the `headers` of a request: repeated fields are joined with `, `, `Cookie` with `; ` (RFC 6265, 5.4). Those that
  /// are no text are left out.
  var proxyHeaders: [String: JSONValue] {
    var headers: [String: JSONValue] = [:]
    headers.reserveCapacity(count)
    for field in self {
      guard let text = field.text else { continue }
      if case .string(let before) = headers[field.name.canonicalName] {
        let separator = field.name == .cookie ? "; " : ", "
        headers[field.name.canonicalName] = .string("\(before)\(separator)\(text)")
      } else {
        headers[field.name.canonicalName] = .string(text)
      }
    }
    return headers
  }
}
