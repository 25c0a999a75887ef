import HTTPTypes
import TelephoneKit

extension RequestDraft {
  static let handshakeNote = "It asks for a WebSocket; what a handshake needs is not passed on as fields."

  /// Makes of the fields that a client writes those that are left behind a gateway. `Host` becomes the authority. What
  /// belongs to one connection stays there (RFC 9110, 7.6.1), and a note names it. A handshake of a WebSocket is known by
  /// its fields (RFC 6455, 4.1).
  /// - Returns: whether the body comes in chunks, so that nothing need say its length.
  package mutating func passGateway() -> Bool {
    let written = fields
    let isHandshake = written[values: .upgrade].contains { $0.lowercased().contains("websocket") }
    let isChunked = written[values: .transferEncoding].contains { $0.lowercased().contains("chunked") }
    if let host = written[values: .hostField].last { authority = host }
    asksForWebSocket = asksForWebSocket || isHandshake
    fields = written.withoutHopByHop()
    fields[.hostField] = nil
    fields[.expect] = nil
    if asksForWebSocket {
      for name in [HTTPField.Name.secWebSocketKey, .secWebSocketVersion, .secWebSocketExtensions] { fields[name] = nil }
    }
    var left: [String] = []
    for field in written where field.name != .hostField && !fields.contains(field.name) {
      if !left.contains(field.name.rawName) { left.append(field.name.rawName) }
    }
    guard !left.isEmpty else { return isChunked }
    let names = left.joined(separator: ", ")
    let note = asksForWebSocket ? Self.handshakeNote : "A gateway does not pass these fields on: \(names)."
    if !notes.contains(note) { notes.append(note) }
    return isChunked
  }
}
