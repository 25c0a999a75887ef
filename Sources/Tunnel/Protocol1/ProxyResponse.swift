package import HTTPTypes
package import NIOCore
package import PhoenixChannels

/// A `proxy_res`: one whole answer in a message of protocol 1.
package struct ProxyResponse: Sendable {
  package var requestID: String
  package var status: Int
  package var fields: HTTPFields
  /// The body, in one part or in several chunks.
  package var parts: [ByteBuffer]

  package init(requestID: String, status: Int, fields: HTTPFields, parts: [ByteBuffer]) {
    self.requestID = requestID
    self.status = status
    self.fields = fields
    self.parts = parts
  }

  /// Reads what a telephone pushed.
  /// - Throws: a ``PayloadFault`` that names the key.
  package init(_ payload: JSONValue) throws(PayloadFault) {
    let reader = try PayloadReader(payload)
    requestID = reader.id
    guard let status = reader.payload["status"]?.integerValue, (200...599).contains(status) else {
      throw reader.fault("status", "must be a number from 200 to 599")
    }
    self.status = Int(status)
    fields = try reader.fields()
    let encoding = try reader.bodyEncoding()
    guard reader.payload["chunked"]?.boolValue == true else {
      parts = [try reader.bytes("body", try reader.string("body", or: ""), encoding)]
      return
    }
    guard case .array(let chunks) = reader.payload["chunks"] else {
      throw reader.fault("chunks", "must be an array of strings where 'chunked' is true")
    }
    parts = []
    for chunk in chunks {
      guard let text = chunk.stringValue else { throw reader.fault("chunks", "must be an array of strings") }
      parts.append(try reader.bytes("chunks", text, encoding))
    }
  }

  /// The octets of all parts.
  package var body: ByteBuffer {
    var whole = ByteBuffer()
    whole.reserveCapacity(parts.reduce(0) { $0 + $1.readableBytes })
    for part in parts { whole.writeImmutableBuffer(part) }
    return whole
  }

  /// What protocol 1 could not carry of a field section.
  package struct LeftOut: Sendable, Equatable {
    /// `Set-Cookie` fields after the first.
    package var cookies = 0
    /// Fields whose values are not UTF-8.
    package var notUTF8 = 0
  }

  /// The payload to push.
  ///
  /// Repeated fields are joined with `, `, but of several `Set-Cookie` only the first is sent (RFC 9110, 5.3: they must
  /// not be joined). A chunk never ends inside a UTF-8 sequence: the octets of a sequence that two parts share go with
  /// the later part, so a chunk can be up to 3 octets longer than it came.
  /// - Returns: `nil` if the body cannot be carried in that encoding; else the payload and what had to be left out.
  package func payload(_ encoding: BodyEncoding) -> (JSONValue, LeftOut)? {
    let parts = encoding == .utf8 ? UTF8Parts.realigned(parts) : parts
    var texts: [JSONValue] = []
    for part in parts where part.readableBytes > 0 {
      guard let text = encoding.text(of: part) else { return nil }
      texts.append(.string(text))
    }
    let (headers, leftOut) = headers()
    let isChunked = texts.count > 1
    var payload: [String: JSONValue] = [
      "request_id": .string(requestID), "status": .integer(Int64(status)), "headers": .object(headers),
      "body": isChunked ? "" : texts.first ?? "", "chunked": .bool(isChunked),
    ]
    if isChunked { payload["chunks"] = .array(texts) }
    if encoding == .base64 { payload["body_encoding"] = "base64" }
    return (.object(payload), leftOut)
  }

  private func headers() -> ([String: JSONValue], LeftOut) {
    var headers: [String: JSONValue] = [:]
    headers.reserveCapacity(fields.count)
    var leftOut = LeftOut()
    for field in fields {
      guard let text = field.withUnsafeBytesOfValue({ String(validating: $0, as: UTF8.self) }) else {
        leftOut.notUTF8 += 1
        continue
      }
      let name = field.name.canonicalName
      guard case .string(let before) = headers[name] else {
        headers[name] = .string(text)
        continue
      }
      if field.name == .setCookie { leftOut.cookies += 1 } else { headers[name] = .string("\(before), \(text)") }
    }
    return (headers, leftOut)
  }
}
