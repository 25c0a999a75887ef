import HTTPTypes

/// The head of a request, with what the connection needs to know about it.
struct ReceivedRequest: Sendable {
  var head: ServerRequestHead
  var framing: Framing
  /// Whether it has content: `chunked`, or a `Content-Length` above 0.
  var hasContent: Bool
  /// What it asks for, in place of HTTP.
  var upgrade: Upgrade

  struct Framing: Sendable, Equatable {
    /// Whether the client speaks HTTP/1.1, so that it understands chunks and interim answers.
    var isHTTP11: Bool
    /// Whether the client lets the connection go on after the answer (RFC 9112, section 9.3).
    var keepAlive: Bool
    var expectsContinue: Bool
    var isHead: Bool
  }

  enum Upgrade: Sendable, Equatable {
    case none
    /// CONNECT: what follows the request may be no HTTP, so that nothing is read after it.
    case tunnel
    /// A right handshake, with the value of `Sec-WebSocket-Accept`.
    case webSocket(accept: String)
    /// A handshake that is answered with this status.
    case wrong(status: Int)
  }

  init(_ raw: WireRequestHead, _ content: ContentFraming, remoteAddress: String) {
    hasContent = content != .none && content != .length(0)
    var facts = Facts()
    for field in raw.fields { facts.note(field) }
    let isHTTP11 = raw.isHTTP11
    upgrade = Self.upgrade(raw, facts, hasContent: hasContent)
    framing = Framing(
      isHTTP11: isHTTP11, keepAlive: isHTTP11 ? !facts.close : facts.keepAlive && !facts.close,
      expectsContinue: isHTTP11 && hasContent && facts.expectsContinue, isHead: raw.method == .head)
    var fields = raw.fields
    var asks = false
    if case .webSocket = upgrade {
      asks = true
      fields.removeAll { Self.isMadeAnew($0.name) }
    } else if let host = facts.hostIndex {
      fields.remove(at: fields.index(fields.startIndex, offsetBy: host))
    }
    // Where both are there, they are the same.
    let authority = facts.hostIndex == nil ? TargetForm.authority(ofAbsolute: raw.target) : facts.host
    head = ServerRequestHead(
      method: raw.method, target: raw.target, authority: authority, fields: fields, remoteAddress: remoteAddress,
      asksForWebSocket: asks, expectsContinue: framing.expectsContinue)
  }

  private static func upgrade(_ raw: WireRequestHead, _ facts: Facts, hasContent: Bool) -> Upgrade {
    if raw.method == .connect { return .tunnel }
    guard facts.hasUpgrade else { return .none }
    switch WebSocketHandshake.check(method: raw.method, isHTTP11: raw.isHTTP11, fields: raw.fields) {
    case .other: return .none
    case .wrong(let status): return .wrong(status: status)
    case .right(let accept): return hasContent ? .wrong(status: 400) : .webSocket(accept: accept)
    }
  }

  /// Fields of a handshake that belong to one hop.
  private static func isMadeAnew(_ name: HTTPField.Name) -> Bool {
    switch name {
    case .secWebSocketKey, .secWebSocketVersion, .secWebSocketExtensions: true
    default: name.canonicalName == "host"
    }
  }

  /// What the fields say to this connection, found in one pass.
  private struct Facts {
    var index = 0
    var host = ""
    var hostIndex: Int?
    var close = false
    var keepAlive = false
    var hasUpgrade = false
    var expectsContinue = false

    mutating func note(_ field: HTTPField) {
      defer { index += 1 }
      let name = field.name.canonicalName
      switch name.utf8.count {
      case 4 where name == "host":
        host = field.value
        hostIndex = index
      case 6 where name == "expect":
        expectsContinue = expectsContinue || field.value.lowercased() == "100-continue"
      case 7 where name == "upgrade":
        hasUpgrade = true
      case 10 where name == "connection":
        for option in field.value.lowercased().utf8.split(separator: Octets.comma) {
          switch CheckedFields.trim(String(Substring(option))) {
          case "close": close = true
          case "keep-alive": keepAlive = true
          default: break
          }
        }
      default: break
      }
    }
  }
}
