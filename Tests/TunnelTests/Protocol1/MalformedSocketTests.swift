import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import Testing

@testable import Tunnel

/// Every payload of `ws_*` that cannot be read, for both roles.
@Suite(.timeLimit(.minutes(1))) struct MalformedSocketTests {
  /// Payloads that name no connection or check that could be answered.
  static let nameless: [JSONValue] = [
    .null, 1, "a", [], [:], ["connection_id": 1, "check_id": 1], ["connection_id": "", "check_id": ""],
    ["connection_id": .null, "check_id": .null],
    [
      "connection_id": .string(String(repeating: "a", count: 129)),
      "check_id": .string(String(repeating: "a", count: 129)),
    ],
  ]

  @Test(arguments: ["ws_connect", "ws_check", "ws_frame", "ws_close"], nameless)
  func `a telephone counts what names nothing`(_ event: String, _ payload: JSONValue) async throws {
    let rig = try SocketRig()
    await rig.line.receive(event: event, payload: payload)
    #expect(rig.counters.values.malformed == 1)
    #expect(rig.line.inFlight == 0)
    #expect(rig.toGateway.log.pushes.isEmpty)
  }

  @Test(arguments: ["ws_connected", "ws_frame", "ws_closed", "ws_error", "ws_check_result"], nameless)
  func `a gateway drops what names nothing`(_ event: String, _ payload: JSONValue) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    #expect(await rig.gateway.receive(event: event, payload: payload))
    #expect(rig.gateway.count == 1)
    try await socket.send(.text("on"))
    #expect(try await rig.backend.outer.receive() == .text("on"))
  }

  static let badHandshakes: [(String, JSONValue, String)] = [
    ("path", JSONValue.null, "invalid_path"), ("path", "", "invalid_path"), ("path", "a", "invalid_path"),
    ("path", "*", "invalid_path"), ("path", "/a b", "invalid_path"), ("path", "/a?b", "invalid_path"),
    ("path", "/a#b", "invalid_path"), ("path", "/\u{0}", "invalid_path"), ("path", 1, "invalid_path"),
    ("query_string", "a b", "invalid_path"), ("query_string", "a#", "invalid_path"),
    ("query_string", 1, "invalid_path"),
    ("headers", 1, "invalid_upgrade"), ("headers", ["a"], "invalid_upgrade"),
    ("headers", ["a b": "c"], "invalid_upgrade"), ("headers", ["a": "b\r\nc: d"], "invalid_upgrade"),
    ("headers", ["a": 1], "invalid_upgrade"), ("headers", ["Host": "a", "host": "b"], "invalid_upgrade"),
  ]

  @Test(arguments: badHandshakes)
  func `a handshake that cannot be read is refused, and no stage sees it`(
    _ key: String, _ value: JSONValue, _ reason: String
  ) async throws {
    let rig = try SocketRig { _ in
      Issue.record("the backend was asked")
      return Response()
    }
    var payload: [String: JSONValue] = ["connection_id": "c", "check_id": "c", "path": "/"]
    payload[key] = value
    await rig.line.receive(event: "ws_connect", payload: .object(payload))
    await rig.line.receive(event: "ws_check", payload: .object(payload))
    #expect(
      rig.toGateway.log.pushes == [
        .init(event: "ws_error", payload: ["connection_id": "c", "reason": .string(reason)]),
        .init(
          event: "ws_check_result", payload: ["check_id": "c", "supported": false, "reason": .string(reason)]),
      ])
    #expect(rig.counters.values.malformed == 2)
    #expect(rig.line.inFlight == 0)
  }

  static let badFrames: [JSONValue] = [
    [:], ["opcode": "text", "data": 1], ["opcode": "text", "data": "a"], ["opcode": "text", "data": "!!!!"],
    ["opcode": "text", "data": "YQ="], ["opcode": "text", "data": "/w=="], ["opcode": "close", "data": ""],
    ["opcode": "continuation", "data": ""], ["opcode": 1, "data": ""], ["opcode": .null, "data": ""],
    ["opcode": "TEXT", "data": ""],
    ["opcode": "ping", "data": .string(BodyEncoding.base64.text(of: ByteBuffer(repeating: 0, count: 126)) ?? "")],
  ]

  private func naming(_ id: String, _ payload: JSONValue) -> JSONValue {
    var members = payload.objectValue ?? [:]
    members["connection_id"] = .string(id)
    return .object(members)
  }

  @Test(arguments: badFrames)
  func `a frame that cannot be read ends its WebSocket, on the telephone`(_ payload: JSONValue) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    await rig.line.receive(event: "ws_frame", payload: naming(socket.connectionID, payload))
    #expect(rig.toGateway.log.pushes.last?.payload["reason"] == "invalid_frame_data")
    #expect(try await socket.receive() == .close(code: 1007, reason: ""))
    #expect(try await rig.backend.outer.receive() == .close(code: 1007, reason: ""))
    try await rig.backend.outer.send(.close(code: 1007, reason: ""))
    await rig.line.drain()
    #expect(rig.counters.values.malformed == 1)
    #expect(rig.toGateway.log.pushes.count == 2)
  }

  @Test(arguments: badFrames)
  func `a frame that cannot be read ends its WebSocket, on the gateway`(_ payload: JSONValue) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    #expect(await rig.gateway.receive(event: "ws_frame", payload: naming(socket.connectionID, payload)))
    #expect(try await socket.receive() == .close(code: 1007, reason: ""))
    #expect(try await rig.backend.outer.receive() == .close(code: 1007, reason: ""))
  }

  static let closes: [(JSONValue, UInt16, String)] = [
    ([:], 1005, ""), (["code": .null, "reason": "x"], 1005, ""), (["code": "1000"], 1005, ""),
    (["code": 1000.5], 1005, ""), (["code": 1000, "reason": 1], 1005, ""), (["code": 1005, "reason": "x"], 1005, ""),
    (["code": 1000], 1000, ""), (["code": 3000, "reason": "é"], 3000, "é"),
    (
      ["code": 4999, "reason": .string(String(repeating: "€", count: 100))], 4999, String(repeating: "€", count: 41)
    ),
  ]

  @Test(arguments: closes)
  func `a close that cannot be read, or only in part, closes all the same`(
    _ payload: JSONValue, _ code: UInt16, _ reason: String
  ) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    await rig.line.receive(event: "ws_close", payload: naming(socket.connectionID, payload))
    #expect(try await rig.backend.outer.receive() == .close(code: code, reason: reason))

    let other = try SocketRig()
    let ending = try await other.connect()
    #expect(await other.gateway.receive(event: "ws_closed", payload: naming(ending.connectionID, payload)))
    #expect(try await ending.receive() == .close(code: code, reason: reason))
    #expect(other.gateway.count == 0)
  }

  @Test(arguments: [0, 999, 1004, 1006, 1015, 2999, 5000, 65536, -1, Int64.max] as [Int64])
  func `a code that no close can carry stands for no close`(_ code: Int64) async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    let payload: JSONValue = ["connection_id": .string(socket.connectionID), "code": .integer(code)]
    await rig.line.receive(event: "ws_close", payload: payload)
    await rig.line.drain()
    #expect(rig.backend.inner.abortedBy is ClientGone)
    #expect(await rig.gateway.receive(event: "ws_closed", payload: payload))
    await #expect(throws: ClientGone.self) { try await socket.receive() }
  }

  @Test func `a second connect with the id of an open WebSocket is dropped`() async throws {
    let rig = try SocketRig()
    let socket = try await rig.connect()
    await rig.line.receive(
      event: "ws_connect", payload: ["connection_id": .string(socket.connectionID), "path": "/"])
    #expect(rig.counters.values.malformed == 1)
    #expect(rig.line.inFlight == 1)
    try await socket.send(.text("still"))
    #expect(try await rig.backend.outer.receive() == .text("still"))
  }

  @Test func `what is about a WebSocket that is not known is dropped`() async throws {
    let rig = try SocketRig()
    let frame: JSONValue = ["connection_id": "x", "opcode": "text", "data": ""]
    await rig.line.receive(event: "ws_frame", payload: frame)
    await rig.line.receive(event: "ws_close", payload: ["connection_id": "x", "code": 1000])
    for event in ["ws_connected", "ws_frame", "ws_closed", "ws_error"] {
      #expect(await rig.gateway.receive(event: event, payload: frame))
    }
    #expect(await rig.gateway.receive(event: "ws_check_result", payload: ["check_id": "x", "supported": true]))
    #expect(await !rig.gateway.receive(event: "proxy_res", payload: [:]))
    #expect(rig.toGateway.log.pushes.isEmpty)
    #expect(rig.toTelephone.log.pushes.isEmpty)
  }

  static let badAnswers: [(String, JSONValue, Int)] = [
    ("ws_connected", ["protocol": 1], 502), ("ws_connected", ["protocol": "a b"], 502),
    ("ws_error", [:], 502), ("ws_error", ["reason": 1], 502), ("ws_error", ["reason": "never heard"], 502),
    ("ws_error", ["reason": "invalid_path"], 400), ("ws_error", ["reason": "connection_timeout"], 504),
    ("ws_closed", ["code": 1000], 502),
  ]

  @Test(arguments: badAnswers)
  func `an answer to a connect that opens nothing is an error answer`(
    _ event: String, _ payload: JSONValue, _ status: Int
  ) async throws {
    let channel = RecordingChannel()
    let gateway = GatewayWebSockets(channel: channel, clock: ManualClock()) { "c" }
    let socket = Task { try await gateway.connect(path: "/", queryString: "", fields: [:]) }
    _ = await channel.pushes(1)
    #expect(await gateway.receive(event: event, payload: naming("c", payload)))
    let error = await #expect(throws: (any Error).self) { _ = try await socket.value }
    #expect((error as? any ExchangeError)?.status.code == status)
    #expect(gateway.count == 0)
    // A telephone that says it is open is told that it is not.
    if event == "ws_connected" { #expect(await channel.pushes(2).last?.event == "ws_close") }
  }

  @Test(arguments: [[:], ["supported": "yes"], ["supported": true, "protocol": 1]] as [JSONValue])
  func `a check result that cannot be read is an error answer`(_ payload: JSONValue) async throws {
    let channel = RecordingChannel()
    let gateway = GatewayWebSockets(channel: channel, clock: ManualClock()) { "c" }
    let check = Task { try await gateway.check(path: "/", queryString: "", fields: [:]) }
    _ = await channel.pushes(1)
    var members = payload.objectValue ?? [:]
    members["check_id"] = "c"
    #expect(await gateway.receive(event: "ws_check_result", payload: .object(members)))
    await #expect(throws: Failure.self) { try await check.value }
  }
}
