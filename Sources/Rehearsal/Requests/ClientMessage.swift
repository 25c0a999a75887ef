import HTTPTypes
import NIOCore
import TelephoneKit

/// A request as a client writes it, with all its fields. A draft of it is what is left behind a gateway.
struct ClientMessage {
  /// What makes no field, as a sentence without a full stop.
  struct FieldFault: Error {
    var reason: String
  }

  var name: String?
  var method: HTTPRequest.Method
  var url: RequestURL
  /// With `Host` and those that are for one connection.
  var fields: HTTPFields = [:]
  /// `nil` if there is none, which is not the same as an empty one.
  var body: ByteBuffer?
  var notes: [String] = []

  /// A field whose name and value were checked. Space around the value is not a part of it.
  static func field(_ name: String, _ value: some StringProtocol) throws(FieldFault) -> HTTPField {
    guard let fieldName = HTTPField.Name(name) else {
      throw FieldFault(reason: "'\(name.prefix(64))' is no field name (RFC 9110, 5.1)")
    }
    let trimmed = value.trimming { $0 == " " || $0 == "\t" }
    guard HTTPField.isValidValue(trimmed) else {
      throw FieldFault(reason: "The value of '\(name.prefix(64))' holds a control character (RFC 9110, 5.5)")
    }
    return HTTPField(name: fieldName, value: trimmed)
  }

  /// Adds a field whose name and value were checked, if the message may have one more.
  static func add(_ field: HTTPField, to fields: inout HTTPFields) throws(FieldFault) {
    guard fields.hasRoom else { throw FieldFault(reason: "A message has at most \(HTTPFields.most) fields here") }
    fields.append(field)
  }

  /// What is left of it behind a gateway.
  var draft: RequestDraft {
    var draft = RequestDraft(
      name: name, method: method, scheme: url.scheme, authority: url.authority, target: url.target, fields: fields,
      body: body ?? ByteBuffer(), asksForWebSocket: url.asksForWebSocket)
    draft.notes = notes
    if url.asksForWebSocket { draft.notes.append(RequestDraft.handshakeNote) }
    let isChunked = draft.passGateway()
    if let body, !isChunked, !draft.fields.contains(.contentLength) {
      draft.fields[.contentLength] = String(body.readableBytes)
    }
    return draft
  }
}

extension StringProtocol {
  /// The text without the characters at its ends that a rule names.
  func trimming(_ isTrimmed: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !isTrimmed($0) }), let last = lastIndex(where: { !isTrimmed($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
