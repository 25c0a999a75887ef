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

  /// `Host` becomes the authority. What belongs to one connection stays there (RFC 9110, 7.6.1), and a handshake of a
  /// WebSocket is known by its fields (RFC 6455, 4.1).
  var draft: RequestDraft {
    var notes = notes
    let isHandshake =
      url.asksForWebSocket || fields[values: .upgrade].contains { $0.lowercased().contains("websocket") }
    let isChunked = fields[values: .transferEncoding].contains { $0.lowercased().contains("chunked") }
    var kept = fields.withoutHopByHop()
    kept[.hostField] = nil
    kept[.expect] = nil
    if isHandshake {
      for name in [HTTPField.Name.secWebSocketKey, .secWebSocketVersion, .secWebSocketExtensions] { kept[name] = nil }
      notes.append("It asks for a WebSocket; what a handshake needs is not passed on as fields.")
    }
    var left: [String] = []
    for field in fields where field.name != .hostField && !kept.contains(field.name) {
      if !left.contains(field.name.rawName) { left.append(field.name.rawName) }
    }
    if !isHandshake, !left.isEmpty {
      notes.append("A gateway does not pass these fields on: \(left.joined(separator: ", ")).")
    }
    if let body, !isChunked, !kept.contains(.contentLength) { kept[.contentLength] = String(body.readableBytes) }
    var draft = RequestDraft(
      name: name, method: method, scheme: url.scheme, authority: fields[values: .hostField].last ?? url.authority,
      target: url.target, fields: kept, body: body ?? ByteBuffer(), asksForWebSocket: isHandshake)
    draft.notes = notes
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
