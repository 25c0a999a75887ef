import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit

/// Reads the payload of a protocol 1 message key by key, and names the key that is at fault.
struct PayloadReader {
  /// The longest `request_id` that is taken; UUIDs have 36.
  static let longestID = 128

  let payload: [String: JSONValue]
  let requestID: String

  /// - Throws: a ``PayloadFault`` without a request id if there is none that could be answered.
  init(_ payload: JSONValue) throws(PayloadFault) {
    guard let object = payload.objectValue else {
      throw PayloadFault(requestID: nil, field: "payload", "is not an object")
    }
    guard let id = object["request_id"]?.stringValue, !id.isEmpty, id.utf8.count <= Self.longestID else {
      throw PayloadFault(
        requestID: nil, field: "request_id", "must be a string of 1 to \(Self.longestID) octets")
    }
    self.payload = object
    self.requestID = id
  }

  func fault(_ field: String, _ fault: String) -> PayloadFault {
    PayloadFault(requestID: requestID, field: field, fault)
  }

  /// A string; `fallback` stands for a key that is missing or null.
  func string(_ key: String, or fallback: String? = nil) throws(PayloadFault) -> String {
    switch payload[key] {
    case .string(let text): return text
    case nil, .null:
      if let fallback { return fallback }
      throw fault(key, "is missing")
    default: throw fault(key, "must be a string")
    }
  }

  /// The `headers` object. Names must be tokens and values free of CR, LF and NUL (RFC 9110, 5.1 and 5.5); this is
  /// checked here because `HTTPField` mends bad values silently.
  func fields() throws(PayloadFault) -> HTTPFields {
    guard let value = payload["headers"], value != .null else { return [:] }
    guard let headers = value.objectValue else { throw fault("headers", "must be an object of strings") }
    var fields = HTTPFields()
    fields.reserveCapacity(headers.count)
    for (key, value) in headers.sorted(by: { $0.key < $1.key }) {
      guard let text = value.stringValue else { throw fault("headers.\(shown(key))", "must be a string") }
      guard let name = HTTPField.Name(key) else { throw fault("headers.\(shown(key))", "has a name that is no token") }
      let trimmed = text.trimmingOptionalWhitespace
      guard HTTPField.isValidValue(trimmed) else {
        throw fault("headers.\(shown(key))", "has a value with a control character")
      }
      guard name != .hostField || fields[.hostField] == nil else {
        throw fault("headers.\(shown(key))", "is there twice")
      }
      fields.append(HTTPField(name: name, value: trimmed))
    }
    return fields
  }

  /// A body or chunk in the encoding that the message names.
  func bytes(_ key: String, _ text: String, _ encoding: BodyEncoding) throws(PayloadFault) -> ByteBuffer {
    guard let bytes = encoding.bytes(of: text) else { throw fault(key, "is not base64") }
    return bytes
  }

  func bodyEncoding() throws(PayloadFault) -> BodyEncoding {
    guard let encoding = BodyEncoding(rawValue: try string("body_encoding", or: "utf8")) else {
      throw fault("body_encoding", "must be \"utf8\" or \"base64\"")
    }
    return encoding
  }

  /// A key for a message: bounded, and without what could break a line.
  private func shown(_ key: String) -> String {
    String(key.prefix(64).map { $0.isASCII && !$0.isWhitespace && $0 > " " ? $0 : "?" })
  }
}

extension String {
  /// Without spaces and tabs at its ends (OWS, RFC 9110, 5.6.3).
  var trimmingOptionalWhitespace: String {
    guard let first = utf8.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
      let last = utf8.lastIndex(where: { $0 != 0x20 && $0 != 0x09 })
    else { return "" }
    return String(self[first...last])
  }
}
