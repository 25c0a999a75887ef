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
    requestID = reader.requestID
    guard let method = HTTPRequest.Method(try reader.string("method")) else {
      throw reader.fault("method", "is no method token")
    }
    self.method = method
    path = try reader.string("path")
    guard path.utf8.first == UInt8(ascii: "/") || path == "*" else {
      throw reader.fault("path", "must begin with a slash")
    }
    guard path.utf8.allSatisfy({ Self.isTargetOctet($0) && $0 != UInt8(ascii: "?") }) else {
      throw reader.fault("path", "has a space, a control character, '?' or '#'")
    }
    queryString = try reader.string("query_string", or: "")
    guard queryString.utf8.allSatisfy(Self.isTargetOctet) else {
      throw reader.fault("query_string", "has a space, a control character or '#'")
    }
    fields = try reader.fields()
    body = try reader.bytes("body", try reader.string("body", or: ""), try reader.bodyEncoding())
  }

  /// What can stand in a request line's target at all (RFC 9112, 3.2), and octets above 0x7F.
  private static func isTargetOctet(_ octet: UInt8) -> Bool {
    octet > 0x20 && octet != 0x7F && octet != UInt8(ascii: "#")
  }

  /// The payload to push. Repeated fields are joined with `, `, `Cookie` with `; ` (RFC 6265, 5.4).
  /// - Returns: `nil` if the body cannot be carried in that encoding.
  package func payload(_ encoding: BodyEncoding) -> JSONValue? {
    guard let text = encoding.text(of: body) else { return nil }
    var headers: [String: JSONValue] = [:]
    for name in Set(fields.map(\.name)) {
      let separator = name == .cookie ? "; " : ", "
      headers[name.canonicalName] = .string(fields[values: name].joined(separator: separator))
    }
    var payload: [String: JSONValue] = [
      "request_id": .string(requestID), "method": .string(method.rawValue), "path": .string(path),
      "query_string": .string(queryString), "headers": .object(headers), "body": .string(text),
    ]
    if encoding == .base64 { payload["body_encoding"] = "base64" }
    return .object(payload)
  }
}
