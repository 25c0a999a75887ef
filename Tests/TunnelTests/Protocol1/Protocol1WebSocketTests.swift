import HTTPTypes
import NIOCore
import PhoenixChannels
import TelephoneKit
import TelephoneTesting
import Testing

@testable import Tunnel

/// Both roles of protocol 1 against each other.
@Suite(.timeLimit(.minutes(1))) struct Protocol1WebSocketTests {
  @Test func `the pipeline sees the handshake, and its subprotocol comes back`() async throws {
    let rig = try SocketRig { request in
      #expect(request.asksForWebSocket)
      #expect(request.method == .get)
      #expect(request.target == "/chat?room=1")
      #expect(request.authority == "example.org")
      #expect(request.clientAddress == "10.0.0.1")
      #expect(
        Set(request.fields.map(\.name.canonicalName)) == ["sec-websocket-protocol", "origin", "x-forwarded-for"])
      return .opening(WebSocketPair().inner, for: request)
    }
    let socket = try await rig.connect([
      .hostField: "example.org", .secWebSocketProtocol: "chat, other", .origin: "http://example.org",
      .secWebSocketKey: "x3JJHMbDL1EzLkh9GBhXDw==", .secWebSocketVersion: "13", .connection: "Upgrade",
      .upgrade: "websocket", .secWebSocketExtensions: "permessage-deflate", .xForwardedFor: "10.0.0.1",
    ])
    #expect(socket.subprotocol == "chat")
    #expect(rig.line.inFlight == 1)
    #expect(rig.counters.values.webSockets == 1)
  }

  @Test func `frames pass both ways, and fragments are gathered`() async throws {
    let rig = try SocketRig()
    let ending = try await rig.join()
    let (client, backend) = (rig.client.outer, rig.backend.outer)
    let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
    for frame: WebSocketFrame in [
      .text("é"), .text(""), .data(.binary, octets, isFinal: true), .ping(ByteBuffer(string: "?")),
      .pong(ByteBuffer()),
    ] {
      try await client.send(frame)
      #expect(try await backend.receive() == frame)
      try await backend.send(frame)
      #expect(try await client.receive() == frame)
    }
    for (source, target) in [(client, backend), (backend, client)] {
      // Fragments may part a character, and a ping may come between them (RFC 6455, 5.4).
      try await source.send(.data(.text, ByteBuffer(bytes: [0x61, 0xC3]), isFinal: false))
      try await source.send(.ping(ByteBuffer()))
      try await source.send(.data(.continuation, ByteBuffer(bytes: [0xA9]), isFinal: false))
      try await source.send(.more("z"))
      #expect(try await target.receive() == .ping(ByteBuffer()))
      #expect(try await target.receive() == .text("aéz"))
    }
    try await client.send(.close(code: 1000, reason: "bye"))
    #expect(try await backend.receive() == .close(code: 1000, reason: "bye"))
    try await backend.send(.close(code: 1000, reason: ""))
    #expect(try await client.receive() == .close(code: 1000, reason: ""))
    guard case .closed = await ending.value else { return #expect(Bool(false), "not closed in order") }
    await rig.line.drain()
    #expect(rig.outcomes.all == [Outcome(.delivered, status: 101, decidedBy: "closure-backend")])
    #expect(rig.gateway.count == 0)
  }

  @Test(arguments: [(UInt16(4999), "an application's"), (1005, ""), (1001, "")])
  func `a close of either end ends both, with its code and reason`(_ code: UInt16, _ reason: String) async throws {
    for clientCloses in [true, false] {
      let rig = try SocketRig()
      let ending = try await rig.join()
      let (first, second) =
        clientCloses ? (rig.client.outer, rig.backend.outer) : (rig.backend.outer, rig.client.outer)
      try await first.send(.close(code: code, reason: reason))
      #expect(try await second.receive() == .close(code: code, reason: reason))
      try await second.send(.close(code: code, reason: ""))
      // A backend's close is answered on the spot: a gateway says nothing after `ws_closed`.
      #expect(try await first.receive() == .close(code: code, reason: ""))
      guard case .closed = await ending.value else { return #expect(Bool(false), "not closed in order") }
      await rig.line.drain()
      #expect(rig.outcomes.all.map(\.kind) == [.delivered])
      let (sent, answered) = (rig.toTelephone.log.pushes.map(\.event), rig.toGateway.log.pushes.map(\.event))
      #expect(sent == (clientCloses ? ["ws_connect", "ws_close"] : ["ws_connect"]))
      #expect(answered == ["ws_connected", "ws_closed"])
    }
  }

  @Test func `a client that goes without a close cuts the backend off`() async throws {
    let rig = try SocketRig()
    let ending = try await rig.join()
    await rig.client.outer.abort(ClientGone())
    guard case .gone(.client, _) = await ending.value else { return #expect(Bool(false), "the client went") }
    await rig.line.drain()
    #expect(rig.backend.inner.abortedBy is ClientGone)
    #expect(rig.outcomes.all.map(\.kind) == [.abandoned])
    #expect(rig.toTelephone.log.pushes.last?.payload["code"] == 1006)
    #expect(rig.gateway.count == 0)
  }

  @Test func `a backend that goes without a close cuts the client off`() async throws {
    let rig = try SocketRig()
    let ending = try await rig.join()
    await rig.backend.outer.abort(ClientGone())
    guard case .gone(.backend, _) = await ending.value else { return #expect(Bool(false), "the backend went") }
    await rig.line.drain()
    #expect(rig.client.inner.abortedBy is Failure)
    #expect(rig.outcomes.all.map(\.kind) == [.failed])
    #expect(rig.toGateway.log.pushes.last?.payload["reason"] == "backend_error")
    #expect(rig.gateway.count == 0)
  }

  static let failures: [(any ExchangeError, Int, String)] = [
    (Refusal(status: .unauthorized, code: "no", "No."), 502, "invalid_upgrade"),
    (Failure(status: .badGateway, code: "no", "No."), 502, "connection_refused"),
    (Failure(status: .gatewayTimeout, code: "no", "No."), 504, "connection_timeout"),
    (Failure(status: .internalServerError, code: "no", "No."), 502, "backend_error"),
  ]

  @Test(arguments: failures)
  func `a handshake that fails has a reason, for connect and check`(
    _ error: any ExchangeError, _ status: Int, _ reason: String
  ) async throws {
    let rig = try SocketRig { _ in throw error }
    let thrown = await #expect(throws: (any Error).self) { try await rig.connect() }
    #expect((thrown as? any ExchangeError)?.status.code == status)
    #expect(
      rig.toGateway.log.pushes == [
        .init(event: "ws_error", payload: ["connection_id": "ws-1", "reason": .string(reason)])
      ])
    let check = try await rig.gateway.check(path: "/", queryString: "", fields: [:])
    #expect(check == WebSocketCheck(isSupported: false, subprotocol: nil, reason: reason))
    await rig.line.drain()
    #expect(rig.gateway.count == 0)
    #expect(rig.toTelephone.log.pushes.map(\.event) == ["ws_connect", "ws_check"])
  }

  @Test func `an endless answer instead of a WebSocket is not read for ever`() async throws {
    let body = ScriptedBody(buffers: Array(repeating: ByteBuffer(repeating: 0, count: 60_000), count: 3), then: .stall)
    let rig = try SocketRig { _ in Response(body: body.body()) }
    await #expect(throws: (any Error).self) { try await rig.connect() }
    await rig.line.drain()
    #expect(body.isClosed)
  }

  @Test func `a check tries the handshake and closes what it opened`() async throws {
    let rig = try SocketRig()
    let check = try await rig.gateway.check(
      path: "/chat", queryString: "", fields: [.secWebSocketProtocol: "chat"])
    #expect(check == WebSocketCheck(isSupported: true, subprotocol: "chat", reason: nil))
    #expect(try await rig.backend.outer.receive() == .close(code: 1000, reason: ""))
    try await rig.backend.outer.send(.close(code: 1000, reason: ""))
    await rig.line.drain()
    #expect(rig.outcomes.all.map(\.kind) == [.delivered])
  }

  @Test func `a check has three seconds`() async throws {
    let gate = Gate()
    let rig = try SocketRig { _ in
      try await gate.enter()
      return Response()
    }
    let check = Task { try await rig.gateway.check(path: "/", queryString: "", fields: [:]) }
    await gate.waiting(1)
    await rig.clock.sleepers(2)
    rig.clock.advance(by: .seconds(3))
    #expect(try await check.value.reason == "connection_timeout")
    await rig.line.drain()
    #expect(rig.outcomes.all.map(\.kind) == [.abandoned])
  }

  @Test func `a gateway waits ten seconds for a WebSocket`() async throws {
    let gate = Gate()
    let rig = try SocketRig { _ in
      try await gate.enter()
      return Response()
    }
    let socket = Task { try await rig.connect() }
    await gate.waiting(1)
    await rig.clock.sleepers(1)
    rig.clock.advance(by: .seconds(10))
    let error = await #expect(throws: (any Error).self) { _ = try await socket.value }
    #expect((error as? any ExchangeError)?.status == .gatewayTimeout)
    // The telephone is told, and cancels the handshake.
    await rig.line.drain()
    #expect(rig.outcomes.all.map(\.kind) == [.abandoned])
    #expect(rig.gateway.count == 0)
  }

  @Test func `a client that goes before the answer cancels the handshake`() async throws {
    let gate = Gate()
    let rig = try SocketRig { _ in
      try await gate.enter()
      return Response()
    }
    let task = Task { try await rig.connect() }
    await gate.waiting(1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await rig.line.drain()
    #expect(rig.outcomes.all.map(\.kind) == [.abandoned])
  }

  @Test func `WebSockets count among the exchanges, and past the most they are refused`() async throws {
    let rig = try SocketRig(telephone: Protocol1Settings(maxConcurrent: 1))
    _ = try await rig.connect()
    await #expect(throws: Failure.self) { try await rig.connect() }
    #expect(rig.toGateway.log.pushes.last?.payload["reason"] == "connection_refused")
    #expect(try await rig.gateway.check(path: "/", queryString: "", fields: [:]).isSupported == false)
    #expect(rig.counters.values.turnedAway == 2)
    #expect(rig.line.inFlight == 1)
    #expect(rig.gateway.count == 1)
  }

  @Test func `a lost line aborts all, on both sides`() async throws {
    let rig = try SocketRig { .opening(WebSocketPair().inner, for: $0) }
    var endings: [Task<WebSocketSplice.Ending, Never>] = []
    for _ in 0..<5 { endings.append(try await rig.join()) }
    await rig.line.abandon()
    rig.gateway.lose()
    for ending in endings {
      guard case .gone = await ending.value else { return #expect(Bool(false), "the line is lost") }
    }
    #expect(rig.line.inFlight == 0)
    #expect(rig.outcomes.all.map(\.kind) == Array(repeating: .abandoned, count: 5))
    // Nothing was said on a line that is gone.
    #expect(rig.toGateway.log.pushes.allSatisfy { $0.event == "ws_connected" })
    await #expect(throws: Failure.self) { try await rig.connect() }
    await #expect(throws: Failure.self) { try await rig.gateway.check(path: "/", queryString: "", fields: [:]) }
  }

  @Test func `1,000 sockets at once`() async throws {
    let rig = try SocketRig(telephone: Protocol1Settings(maxConcurrent: 1000)) { request in
      let pair = WebSocketPair()
      // An echo.
      Task {
        while true { try await pair.outer.send(try await pair.outer.receive()) }
      }
      return .opening(pair.inner, for: request)
    }
    var sockets: [GatewayWebSocket] = []
    for _ in 0..<1000 { sockets.append(try await rig.connect()) }
    #expect(rig.line.inFlight == 1000)
    for (number, socket) in sockets.enumerated() { try await socket.send(.text("\(number)")) }
    for (number, socket) in sockets.enumerated() { #expect(try await socket.receive() == .text("\(number)")) }
    for socket in sockets { try await socket.send(.close(code: 1000, reason: "")) }
    for socket in sockets { #expect(try await socket.receive() == .close(code: 1000, reason: "")) }
    await rig.line.drain()
    #expect(rig.gateway.count == 0)
  }
}
