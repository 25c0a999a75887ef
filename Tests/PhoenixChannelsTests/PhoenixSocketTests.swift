import HTTPWire
import Logging
import NIOCore
import PhoenixChannels
import TestSupport
import Testing

typealias Channel = PhoenixChannels.Channel
typealias ChannelError = PhoenixChannels.ChannelError

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite(.timeLimit(.minutes(1))) struct PhoenixSocketTests {
  let transport = MemoryTransport()
  let clock = TestClock()

  private func with(
    configuration: PhoenixSocket.Configuration = .init(), _ body: (PhoenixSocket) async throws -> Void
  ) async throws {
    let socket = PhoenixSocket(transport: transport, clock: clock, configuration: configuration, logger: quiet)
    let running = Task { await socket.run() }
    try await body(socket)
    transport.end(WebSocket.Close(code: 1000))
    _ = await running.value
  }

  /// Joins "t" with join_ref 1.
  private func join(_ socket: PhoenixSocket) async throws -> Channel {
    let channel = Task { try await socket.join(topic: "t", payload: [:]) }
    #expect(await transport.taken() == #"["1","1","t","phx_join",{}]"#)
    transport.give(#"["1","1","t","phx_reply",{"status":"ok","response":{"path":"p"}}]"#)
    return try await channel.value
  }

  @Test func `a heartbeat waits for its own reply`() async throws {
    try await with { socket in
      let first = Task { try await socket.heartbeat() }
      #expect(await transport.taken() == #"[null,"1","phoenix","heartbeat",{}]"#)
      transport.give(#"[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
      await clock.untilSomebodySleeps(for: .seconds(10))
      clock.advance(by: .milliseconds(30))
      transport.give(#"[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
      let duration = try await first.value
      #expect(duration == .milliseconds(30))
      #expect(socket.counters.unknownRefs == 1)
      let second = Task { try await socket.heartbeat() }
      #expect(await transport.taken() == #"[null,"2","phoenix","heartbeat",{}]"#)
      await clock.expire(.seconds(10))
      await #expect(throws: ChannelError(.timedOut, topic: "phoenix")) { try await second.value }
    }
  }

  @Test func `a reply on the socket's topic answers heartbeats only`() async throws {
    try await with { socket in
      let channel = Task { try await socket.join(topic: "t", payload: [:]) }
      #expect(await transport.taken() == #"["1","1","t","phx_join",{}]"#)
      transport.give(#"[null,"1","phoenix","phx_reply",{"status":"ok","response":{"path":"wrong"}}]"#)
      transport.give(#"["1","1","t","phx_reply",{"status":"ok","response":{"path":"p"}}]"#)
      let joined = try await channel.value
      #expect(joined.joinResponse == ["path": "p"])
      #expect(socket.counters.unawaitedReplies == 1)
    }
  }

  @Test func `a join gives the response, and pushes carry its ref`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      #expect(channel.joinResponse == ["path": "p"])
      #expect(channel.joinRef == "1")
      try await channel.push("proxy_res", .json(["a": 1]))
      #expect(await transport.taken() == #"["1","2","t","proxy_res",{"a":1}]"#)
      try await channel.push("t2", .binary(ByteBuffer(bytes: [1])))
      #expect(await transport.taken() == "binary")
      let reply = Task { try await channel.call("refresh_token", [:]) }
      #expect(await transport.taken() == #"["1","4","t","refresh_token",{}]"#)
      transport.give(#"["1","4","t","phx_reply",{"status":"ok","response":{"token":"x"}}]"#)
      #expect(try await reply.value == PhoenixReply(status: "ok", json: ["token": "x"]))
    }
  }

  static let refusals: [(String, ChannelError.Kind)] = [
    (
      #"{"status":"error","response":{"reason":"no"}}"#,
      .joinRefused(reason: "no", response: ["reason": "no"])
    ),
    (#"{"status":"error","response":{"reason":"unmatched topic"}}"#, .unmatchedTopic),
  ]

  @Test(arguments: refusals)
  func `a refused join throws its reason`(payload: String, kind: ChannelError.Kind) async throws {
    try await with { socket in
      let channel = Task { try await socket.join(topic: "t", payload: [:]) }
      _ = await transport.taken()
      transport.give(#"[null,"1","t","phx_reply",\#(payload)]"#)
      await #expect(throws: ChannelError(kind, topic: "t")) { _ = try await channel.value }
    }
  }

  @Test func `a join without a reply times out and is left`() async throws {
    try await with { socket in
      let channel = Task { try await socket.join(topic: "t", payload: [:]) }
      _ = await transport.taken()
      await clock.expire(.seconds(10))
      await #expect(throws: ChannelError(.timedOut, topic: "t")) { _ = try await channel.value }
      #expect(await transport.taken() == #"["1",null,"t","phx_leave",{}]"#)
      transport.give(#"["1","1","t","phx_reply",{"status":"ok","response":{}}]"#)
    }
  }

  @Test func `a call has its own time, and can be cancelled`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      let late = Task { try await channel.call("e", [:], timeout: .seconds(3)) }
      _ = await transport.taken()
      await clock.expire(.seconds(3))
      await #expect(throws: ChannelError(.timedOut, topic: "t")) { _ = try await late.value }
      let cancelled = Task { try await channel.call("e", [:]) }
      _ = await transport.taken()
      cancelled.cancel()
      await #expect(throws: ChannelError(.cancelled, topic: "t")) { _ = try await cancelled.value }
    }
  }

  @Test func `events come in order, then a crash ends the channel, and a new join has a fresh ref`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      transport.give(#"["1",null,"t","one",{}]"#)
      transport.give(#"[null,null,"t","two",{}]"#)
      transport.give(.binary(ByteBuffer(bytes: [2, 1, 1, 0x74, 0x33, 9])))
      transport.give(#"["1","1","t","phx_error",{"reason":"channel_crash"}]"#)
      #expect(await channel.next() == .message(PhoenixMessage(joinRef: "1", topic: "t", event: "one", json: [:])))
      #expect(await channel.next() == .message(PhoenixMessage(topic: "t", event: "two", json: [:])))
      #expect(
        await channel.next()
          == .message(PhoenixMessage(topic: "t", event: "3", payload: .binary(ByteBuffer(bytes: [9])))))
      #expect(await channel.next() == .crashed(reason: "channel_crash"))
      #expect(await channel.next() == nil)
      await #expect(throws: ChannelError(.crashed(reason: nil), topic: "t")) {
        try await channel.push("e", .json([:]))
      }
      let again = Task { try await socket.join(topic: "t", payload: [:]) }
      let text = await transport.taken() ?? ""
      let message = try PhoenixSerializer(role: .server).decode(.text(text))
      #expect(message.joinRef == message.ref && message.joinRef != "1")
      transport.give(PhoenixReply(status: "ok", json: [:]), to: message)
      #expect(try await again.value.joinRef == message.joinRef)
      transport.give(#"["1","1","t","phx_close",{}]"#)
    }
  }

  @Test func `a leave is answered and ends the channel`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      let left = Task { try await channel.leave() }
      #expect(await transport.taken() == #"["1","2","t","phx_leave",{}]"#)
      transport.give(#"["1","2","t","phx_reply",{"status":"ok","response":{}}]"#)
      transport.give(#"["1","1","t","phx_close",{}]"#)
      try await left.value
      #expect(await channel.next() == .closed)
      #expect(await channel.next() == nil)
      await #expect(throws: ChannelError(.closed, topic: "t")) { try await channel.push("e", .json([:])) }
      try await channel.leave()
    }
  }

  @Test func `a channel that the gateway closes ends`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      transport.give(#"["0","0","t","phx_close",{}]"#)
      transport.give(#"["1","1","t","phx_close",{}]"#)
      #expect(await channel.next() == .closed)
      #expect(await channel.next() == nil)
      #expect(socket.counters.stale == 1)
    }
  }

  @Test(arguments: [UInt16(1001), 1002, 1006, 1011, 1012])
  func `the end of the socket fails everybody with its code`(code: UInt16) async throws {
    let close = WebSocket.Close(code: code, reason: "r")
    try await with { socket in
      let channel = try await join(socket)
      let call = Task { try await channel.call("e", [:]) }
      let beat = Task { try await socket.heartbeat() }
      _ = await transport.taken()
      _ = await transport.taken()
      transport.give(#"["1",null,"t","last",{}]"#)
      transport.end(close)
      await #expect(throws: ChannelError(.socketClosed(close), topic: "t")) { _ = try await call.value }
      await #expect(throws: ChannelError(.socketClosed(close), topic: "phoenix")) { _ = try await beat.value }
      #expect(await channel.next() == .message(PhoenixMessage(joinRef: "1", topic: "t", event: "last", json: [:])))
      #expect(await channel.next() == nil)
      await #expect(throws: ChannelError(.socketClosed(close), topic: "u")) {
        _ = try await socket.join(topic: "u", payload: [:])
      }
      #expect(socket.closure == close)
    }
  }

  @Test func `what nobody can use is counted, and the socket goes on`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      for text in [
        "{", "[]", #"["1","1","t","phx_reply",{}]"#, #"["0",null,"t","e",{}]"#,
        #"["1","1","t","phx_reply",{"status":"ok","response":{}}]"#,
        #"["1","77","t","phx_reply",{"status":"ok","response":{}}]"#, #"["1",null,"t","phx_x",{}]"#,
        #"["1",null,"u","e",{}]"#, #"[null,null,"phoenix","e",{}]"#, #"["1",null,"t","good",{}]"#,
      ] { transport.give(text) }
      transport.give(.binary(ByteBuffer(bytes: [7])))
      #expect(await channel.next() == .message(PhoenixMessage(joinRef: "1", topic: "t", event: "good", json: [:])))
      let beat = Task { try await socket.heartbeat() }
      _ = await transport.taken()
      transport.give(#"[null,"2","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
      _ = try await beat.value
      var expected = PhoenixSocket.Counters()
      expected.malformed = 4
      expected.stale = 1
      expected.unawaitedReplies = 1
      expected.unknownRefs = 1
      expected.unknownEvents = 2
      expected.notJoined = 1
      #expect(socket.counters == expected)
    }
  }

  @Test func `a slow reader of a channel stops the socket from being read`() async throws {
    try await with(configuration: .init(inboundBuffer: 1 << 20, inboundCount: 4)) { socket in
      let channel = try await join(socket)
      for number in 0..<100 { transport.give(#"["1",null,"t","e\#(number)",{}]"#) }
      for number in 0..<100 {
        guard case .message(let message) = await channel.next() else { return }
        #expect(message.event == "e\(number)")
        #expect(transport.readCount <= 1 + number + 1 + 5)
      }
    }
  }

  @Test func `a channel that nobody holds does not stop the socket`() async throws {
    try await with(configuration: .init(inboundCount: 2)) { socket in
      _ = try await join(socket)
      for number in 0..<10 { transport.give(#"["1",null,"t","e\#(number)",{}]"#) }
      let beat = Task { try await socket.heartbeat() }
      _ = await transport.taken()
      transport.give(#"[null,"2","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
      _ = try await beat.value
    }
  }

  @Test func `a write that the gateway does not take, and a string that is too long`() async throws {
    try await with { socket in
      let channel = try await join(socket)
      await #expect(throws: ChannelError(.tooLarge(field: "event"), topic: "t")) {
        try await channel.push(String(repeating: "e", count: 256), .binary(ByteBuffer()))
      }
      transport.refuseWrites()
      await #expect(throws: ChannelError(.writeTimedOut, topic: "t")) { try await channel.push("e", .json([:])) }
    }
  }

  @Test func `a run that is cancelled closes the transport`() async throws {
    let socket = PhoenixSocket(transport: transport, clock: clock, logger: quiet)
    let running = Task { await socket.run() }
    running.cancel()
    #expect(await running.value == WebSocket.Close(code: 1000))
  }
}

extension MemoryTransport {
  /// Answers a message of the client.
  func give(_ reply: PhoenixReply, to message: PhoenixMessage) {
    let answer = reply.message(joinRef: message.joinRef, ref: message.ref, topic: message.topic)
    if let encoded = try? PhoenixSerializer(role: .server).encode(answer) { give(encoded) }
  }
}
