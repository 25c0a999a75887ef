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
    let parts = (encoding == .utf8 ? UTF8Parts.realigned(parts) : parts).filter { $0.readableBytes > 0 }
    let octets = parts.reduce(0) { $0 + $1.readableBytes }
    // Written at once: one comes with each request, and a dictionary would cost more than all the rest.
    var writer = JSONWriter(capacity: 512 + (encoding == .base64 ? (octets + 2) / 3 * 4 : octets))
    writer.append(verbatim: #"{"body":"#)
    if let whole = parts.first, parts.count == 1 {
      guard encoding.append(whole, to: &writer) else { return nil }
    } else {
      writer.append(verbatim: #""""#)
    }
    if encoding == .base64 { writer.append(verbatim: #","body_encoding":"base64""#) }
    if parts.count > 1 {
      writer.append(verbatim: #","chunked":true,"chunks":["#)
      for (index, part) in parts.enumerated() {
        if index > 0 { writer.append(verbatim: ",") }
        guard encoding.append(part, to: &writer) else { return nil }
      }
      writer.append(verbatim: #"],"headers":{"#)
    } else {
      writer.append(verbatim: #","chunked":false,"headers":{"#)
    }
    let leftOut = append(headersTo: &writer)
    writer.append(verbatim: #"},"request_id":"#)
    writer.append(string: requestID)
    writer.append(verbatim: #","status":"#)
    writer.append(status)
    writer.append(verbatim: "}")
    return (.written(writer.octets), leftOut)
  }

  /// Appends the members of `headers`, in the order of their names.
  private func append(headersTo writer: inout JSONWriter) -> LeftOut {
    var leftOut = LeftOut()
    var headers: [(name: String, value: String)] = []
    headers.reserveCapacity(fields.count)
    for field in fields {
      guard let text = field.text else {
        leftOut.notUTF8 += 1
        continue
      }
      headers.append((field.name.canonicalName, text))
    }
    // Stable: what is repeated keeps its order.
    headers.sort { $0.name < $1.name }
    var rest = headers[...]
    while let (name, value) = rest.popFirst() {
      var values = value
      while rest.first?.name == name, let repeated = rest.popFirst() {
        if name == HTTPField.Name.setCookie.canonicalName {
          leftOut.cookies += 1
        } else {
          values += ", \(repeated.value)"
        }
      }
      writer.append(string: name)
      writer.append(verbatim: ":")
      writer.append(string: values)
      if !rest.isEmpty { writer.append(verbatim: ",") }
    }
    return leftOut
  }
}
