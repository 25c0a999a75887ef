import HTTPWire
import NIOCore
import PhoenixChannels

/// A Phoenix client by hand.
struct Phone: Sendable {
  struct Ended: Error {}

  let socket: WebSocket
  let pathID: String

  static func dial(_ port: Int, pathID: String = "p") async throws -> Phone {
    let url = SocketURL(gateway: "ws://127.0.0.1:\(port)/telephone/websocket", token: try token(pathID: pathID))
    return Phone(socket: try await WebSocketClient(clock: ContinuousClock()).connect(to: url.secretURL), pathID: pathID)
  }

  /// Dials, and joins with join_ref 1.
  static func joined(_ port: Int, pathID: String = "p") async throws -> Phone {
    let phone = try await dial(port, pathID: pathID)
    try await phone.send("1", "1", "phx_join")
    _ = try await phone.receive()
    return phone
  }

  func send(_ text: String) async throws { try await socket.send(.text(text)) }

  func send(_ joinRef: String?, _ ref: String?, _ event: String, _ payload: JSONValue = [:]) async throws {
    let parts: [JSONValue] = [
      joinRef.map { .string($0) } ?? .null, ref.map { .string($0) } ?? .null, .string("telephone:\(pathID)"),
      .string(event), payload,
    ]
    try await send(JSONValue.array(parts).text)
  }

  /// The next message, as text.
  func receive() async throws -> String {
    guard case .text(let text) = try await socket.receive() else { throw Ended() }
    return text
  }

  /// The payload of the next message, which must be a request.
  func request() async throws -> JSONValue {
    let message = try JSONValue(parsing: try await receive())
    guard message.arrayValue?[3] == "proxy_req", let payload = message.arrayValue?[4] else { throw Ended() }
    return payload
  }

  /// Answers a request.
  func answer(
    _ request: JSONValue, status: Int64 = 200, headers: JSONValue = [:], body: String = "", joinRef: String = "1"
  ) async throws {
    try await send(
      joinRef, "9", "proxy_res",
      [
        "request_id": request["request_id"] ?? .null, "status": .integer(status), "headers": headers,
        "body": .string(body), "chunked": false,
      ])
  }

  /// Answers every request with the same body, until the socket ends.
  func answerAll(_ body: String) async {
    while let request = try? await request() { try? await answer(request, body: body) }
  }

  /// Reads to the end and says how it came.
  func closure() async -> UInt16? {
    while (try? await socket.receive()) != nil {}
    return socket.closure?.code
  }
}
