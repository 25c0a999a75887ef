import HTTPTypes
import Testing

@testable import HTTPWire

@Suite struct WebSocketHandshakeTests {
  static let key = "dGhlIHNhbXBsZSBub25jZQ=="
  static let right: HTTPFields = [
    .upgrade: "websocket", .connection: "Upgrade", .secWebSocketKey: key, .secWebSocketVersion: "13",
  ]

  static func with(_ name: HTTPField.Name, _ values: [String]) -> HTTPFields {
    var fields = right
    fields[values: name] = values
    return fields
  }

  static let cases: [(HTTPFields, WebSocketHandshake.Verdict)] = [
    // The example of RFC 6455, section 1.3.
    (right, .right(accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
    (with(.upgrade, ["h2c, WebSocket"]), .right(accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
    (with(.connection, ["keep-alive", "close, UPGRADE"]), .right(accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
    (with(.upgrade, []), .other), (with(.upgrade, ["h2c"]), .other),
    (with(.connection, []), .wrong(status: 400)), (with(.connection, ["keep-alive"]), .wrong(status: 400)),
    (with(.secWebSocketVersion, []), .wrong(status: 400)), (with(.secWebSocketVersion, ["8"]), .wrong(status: 426)),
    (with(.secWebSocketVersion, ["13", "13"]), .wrong(status: 426)),
    (with(.secWebSocketKey, []), .wrong(status: 400)), (with(.secWebSocketKey, [key, key]), .wrong(status: 400)),
    (with(.secWebSocketKey, ["dGhlIHNhbXBsZSBub25jZQ"]), .wrong(status: 400)),
    (with(.secWebSocketKey, ["dGhlIHNhbXBsZSBub25jZR=="]), .wrong(status: 400)),
    (with(.secWebSocketKey, ["dGhlIHNhbXBsZSBub25j!Q=="]), .wrong(status: 400)),
  ]

  @Test(arguments: cases) func `a request is judged`(fields: HTTPFields, verdict: WebSocketHandshake.Verdict) {
    #expect(WebSocketHandshake.check(method: .get, isHTTP11: true, fields: fields) == verdict)
  }

  @Test func `only a GET of HTTP 1.1 asks`() {
    #expect(WebSocketHandshake.check(method: .post, isHTTP11: true, fields: Self.right) == .other)
    #expect(WebSocketHandshake.check(method: .get, isHTTP11: false, fields: Self.right) == .other)
  }

  @Test func `a fresh key is one that is taken, and its answer is accepted`() {
    var keys: Set<String> = []
    for _ in 0..<50 {
      let key = WebSocketHandshake.newKey()
      keys.insert(key)
      guard
        case .right(let accept) = WebSocketHandshake.check(
          method: .get, isHTTP11: true, fields: WebSocketHandshake.request(key: key))
      else {
        Issue.record("\(key) was not taken")
        return
      }
      #expect(WebSocketHandshake.isAccepted(WebSocketHandshake.answer(accept: accept), key: key))
      #expect(!WebSocketHandshake.isAccepted(WebSocketHandshake.answer(accept: accept), key: Self.key))
    }
    #expect(keys.count == 50)
  }

  @Test(arguments: [HTTPField.Name.upgrade, .connection, .secWebSocketAccept])
  func `an answer without one of its fields, or with an extension, is not accepted`(name: HTTPField.Name) {
    var answer = WebSocketHandshake.answer(accept: WebSocketHandshake.accept(for: Self.key))
    #expect(WebSocketHandshake.isAccepted(answer, key: Self.key))
    var extended = answer
    extended[.secWebSocketExtensions] = "permessage-deflate"
    #expect(!WebSocketHandshake.isAccepted(extended, key: Self.key))
    answer[name] = nil
    #expect(!WebSocketHandshake.isAccepted(answer, key: Self.key))
  }
}
