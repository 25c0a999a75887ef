import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit

/// Reads the payload of a protocol 1 message key by key, and names the key that is at fault.
struct PayloadReader {
  /// The longest `request_id`, `check_id` or `connection_id` that is taken; UUIDs have 36.
  static let longestID = 128

  /// The most members of `headers` that are taken.
  static let mostFields = 1024

  let payload: [String: JSONValue]
  let id: String

  /// - Parameter idKey: the key of the id that an answer repeats.
  /// - Throws: a ``PayloadFault`` without an id if there is none that could be answered.
  init(_ payload: JSONValue, id idKey: String = "request_id") throws(PayloadFault) {
    guard let object = payload.objectValue else {
      throw PayloadFault(requestID: nil, field: "payload", "is not an object")
    }
    guard let id = object[idKey]?.stringValue, !id.isEmpty, id.utf8.count <= Self.longestID else {
      throw PayloadFault(
        requestID: nil, field: idKey, "must be a string of 1 to \(Self.longestID) octets")
    }
    self.payload = object
    self.id = id
  }

  func fault(_ field: String, _ fault: String) -> PayloadFault {
    PayloadFault(requestID: id, field: field, fault)
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
    guard headers.count <= Self.mostFields else {
      throw fault("headers", "has more than \(Self.mostFields) members")
    }
    var fields = HTTPFields()
    fields.reserveCapacity(headers.count)
    var single: [String] = []
    for (key, value) in headers {
      guard let text = value.stringValue else { throw fault("headers.\(shown(key))", "must be a string") }
      guard let name = HTTPField.Name(key) else { throw fault("headers.\(shown(key))", "has a name that is no token") }
      let trimmed = text.trimmingOptionalWhitespace
      guard HTTPField.isValidValue(trimmed) else {
        throw fault("headers.\(shown(key))", "has a value with a control character")
      }
      // Names that differ in case only have no order here, and of these the order or the number decides.
      if name == .hostField || name == .xForwardedFor || name == .xForwardedProto {
        guard !single.contains(name.canonicalName) else {
          throw fault("headers.\(name.canonicalName)", "is there twice")
        }
        single.append(name.canonicalName)
      }
      fields.append(HTTPField(name: name, value: trimmed))
    }
    return fields
  }

  /// The target's path: begins with `/`, or is `*`.
  func path() throws(PayloadFault) -> String {
    let path = try string("path")
    guard path.utf8.first == UInt8(ascii: "/") || path == "*" else { throw fault("path", "must begin with a slash") }
    guard path.utf8.allSatisfy({ Self.isTargetOctet($0) && $0 != UInt8(ascii: "?") }) else {
      throw fault("path", "has a space, a control character, '?' or '#'")
    }
    return path
  }

  /// What follows the target's `?`; empty if there is none.
  func queryString() throws(PayloadFault) -> String {
    let query = try string("query_string", or: "")
    guard query.utf8.allSatisfy(Self.isTargetOctet) else {
      throw fault("query_string", "has a space, a control character or '#'")
    }
    return query
  }

  /// What can stand in a request line's target at all (RFC 9112, 3.2), and octets above 0x7F.
  private static func isTargetOctet(_ octet: UInt8) -> Bool {
    octet > 0x20 && octet != 0x7F && octet != UInt8(ascii: "#")
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
    let end = utf8.index(after: last)
    return first == startIndex && end == endIndex ? self : String(self[first..<end])
  }
}
