import Foundation
import HTTPWire
import NIOCore
import PhoenixChannels
import Switchboard
import TestSupport
import Testing
import TokenVault

/// The socket as Phoenix was observed to be, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
  private func handshake(_ target: String) -> String {
    "GET \(target) HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
  }

  @Test func `what Phoenix refuses is a 403 with an empty body`() async throws {
    let good = try token()
    let forged = try token(secret: "another")
    let expired = try token(lifetime: .zero)
    let unsigned = good.split(separator: ".").dropLast().joined(separator: ".") + "."
    let queries = [
      "", "?vsn=2.0.0", "?token=&vsn=2.0.0", "?token=x&vsn=2.0.0", "?token=\(forged)&vsn=2.0.0",
      "?token=\(expired)&vsn=2.0.0", "?token=\(unsigned)&vsn=2.0.0", "?token=\(good)", "?token=\(good)&vsn=1.0.0",
      "?token=\(good)&vsn=3.0.0", "?token=\(good)&vsn=2.1.0", "?token=\(good)&vsn=",
    ]
    try await withSwitchboard { switchboard in
      for query in queries {
        let connection = try await RawClient.connect(port: switchboard.port)
        try await connection.write(handshake("/telephone/websocket\(query)"))
        let answer = try await connection.read(until: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(query)")
        #expect(answer.lowercased().contains("content-length: 0\r\n"))
        await connection.close()
      }
      let connection = try await RawClient.connect(port: switchboard.port)
      try await connection.write(handshake("/telephone/websocket?vsn=2.0.0&token=\(good)"))
      #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
      await connection.close()
      #expect(try await call(switchboard.port, "/telephone/websocket?token=\(good)&vsn=2.0.0").status == 426)
    }
  }

  @Test func `a join, both heartbeats, and a leave`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.dial(switchboard.port)
      try await phone.send(#"["1","1","telephone:p","phx_join",{}]"#)
      let granted =
        #"{"body_encoding":"base64","expires_in":3600,"path":"p","status":"connected"}"#
      #expect(
        try await phone.receive()
          == #"["1","1","telephone:p","phx_reply",{"response":\#(granted),"status":"ok"}]"#)
      try await switchboard.untilJoined()
      try await phone.send(#"[null,"2","phoenix","heartbeat",{}]"#)
      #expect(try await phone.receive() == #"[null,"2","phoenix","phx_reply",{"response":{},"status":"ok"}]"#)
      try await phone.send(#"["1","3","telephone:p","heartbeat",{"ts":5}]"#)
      #expect(try await phone.receive() == #"["1",null,"telephone:p","heartbeat_ack",{"ts":5}]"#)
      try await phone.send(#"["1","4","telephone:p","phx_leave",{}]"#)
      #expect(try await phone.receive() == #"["1","4","telephone:p","phx_reply",{"response":{},"status":"ok"}]"#)
      #expect(try await phone.receive() == #"["1","1","telephone:p","phx_close",{}]"#)
      #expect(switchboard.joined.isEmpty)
      try await phone.send(#"["1","5","telephone:p","proxy_res",{}]"#)
      #expect(
        try await phone.receive()
          == #"[null,"5","telephone:p","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}]"#)
    }
  }

  @Test func `a second join comes first, then the close of the old`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      try await phone.send("2", "2", "phx_join")
      #expect(try await phone.receive().hasPrefix(#"["2","2","telephone:p","phx_reply""#))
      #expect(try await phone.receive() == #"["1","1","telephone:p","phx_close",{}]"#)
      #expect(switchboard.joined == ["p": 1])
      async let answer = call(switchboard.port, "/call/p/")
      let request = try await phone.request()
      try await phone.answer(request, body: "of the old join", joinRef: "1")
      try await phone.answer(request, body: "of the new join", joinRef: "2")
      #expect(try await answer.text == "of the new join")
    }
  }

  @Test func `a leave with another join_ref gets no answer`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      try await phone.send("7", "2", "phx_leave")
      try await phone.send(#"[null,"3","phoenix","heartbeat",{}]"#)
      #expect(try await phone.receive().hasPrefix(#"[null,"3","phoenix""#))
      #expect(switchboard.joined == ["p": 1])
    }
  }

  @Test func `a refreshed token is a new one for the same path`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      try await phone.send("1", "2", "refresh_token")
      let reply = try JSONValue(parsing: try await phone.receive())
      let fresh = try AgentToken(
        try #require(reply.arrayValue?[4]["response"]?["token"]?.stringValue))
      #expect(reply.arrayValue?[1] == "2")
      #expect(fresh.pathID == "p")
      #expect(fresh.subject == "s")
      #expect(fresh.id != "j")
      #expect(fresh.expiresAt == now.addingTimeInterval(3600))
      let url = SocketURL(
        gateway: "ws://127.0.0.1:\(switchboard.port)/telephone/websocket", token: fresh.rawValue)
      let socket = try await WebSocketClient(clock: ContinuousClock()).connect(to: url.secretURL)
      await socket.close(code: 1000, reason: "")
    }
  }

  @Test(
    arguments: [
      .text("not json"), .text("{}"), .text("[]"), .text(#"["1","1","t","e"]"#), .text(#"["1","1","t","e",{},{}]"#),
      .text(#"[1,"1","t","e",{}]"#), .text(#"["1",2,"t","e",{}]"#), .text(#"["1","1",null,"e",{}]"#),
      .text(#"["1","1","t",5,{}]"#), .binary(ByteBuffer()), .binary(ByteBuffer(bytes: [9])),
      .binary(ByteBuffer(bytes: [1, 1, 1, 1, 2, 0x31, 0x31, 0x74, 0x6F, 0x6B])), .binary(ByteBuffer(bytes: [0, 1, 1])),
      .binary(ByteBuffer(bytes: [0, 1, 0, 0, 0, 0xFF])),
    ] as [WebSocket.Message])
  func `malformed input is closed with 1011`(_ message: WebSocket.Message) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      try await phone.socket.send(message)
      #expect(await phone.closure() == 1011)
      try await switchboard.untilJoined(0)
    }
  }

  @Test func `an unknown event and a binary push are ignored`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      try await phone.send("1", "2", "never_heard_of")
      let push = PhoenixMessage(
        joinRef: "1", ref: "3", topic: "telephone:p", event: "t2", payload: .binary(ByteBuffer(bytes: [1])))
      try await phone.socket.send(try PhoenixSerializer(role: .client).encode(push))
      try await phone.send("1", "4", "proxy_res", ["nonsense": true])
      try await phone.send("1", "5", "proxy_res", ["request_id": "nobody asked", "status": 200])
      try await phone.send("1", "6", "heartbeat", ["ts": 1])
      #expect(try await phone.receive() == #"["1",null,"telephone:p","heartbeat_ack",{"ts":1}]"#)
      #expect(switchboard.joined == ["p": 1])
    }
  }

  @Test func `a socket that sends nothing for the idle time is closed with 1002`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) { switchboard in
      let phone = try await Phone.dial(switchboard.port)
      await clock.untilSomebodySleeps(for: .seconds(15))
      try await phone.send("1", "1", "phx_join")
      _ = try await phone.receive()
      // It looks once in a quarter of the idle time: the first look sees the join, four more see nothing.
      for _ in 0..<5 { await clock.expire(.seconds(15)) }
      #expect(await phone.closure() == 1002)
      #expect(switchboard.joined.isEmpty)
    }
  }

  @Test func `a ping keeps a socket up`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) { switchboard in
      let connection = try await RawClient.connect(port: switchboard.port)
      try await connection.write(handshake("/telephone/websocket?vsn=2.0.0&token=\(try token())"))
      _ = try await connection.read(until: "\r\n\r\n")
      for _ in 0..<12 {
        await clock.expire(.seconds(15))
        try await connection.write([0x89, 0x80, 0, 0, 0, 0])
        #expect(try await connection.read(2) == ByteBuffer(bytes: [0x8A, 0]))
      }
      await connection.close()
    }
  }

  @Test func `a shutdown closes joined sockets with 1012`() async throws {
    var settings = SwitchboardSettings(secret: secret)
    settings.port = 0
    let switchboard = try await Switchboard.start(settings, date: { now }, logger: quiet)
    let phone = try await Phone.joined(switchboard.port)
    async let closure = phone.closure()
    await switchboard.shutdown()
    #expect(await closure == 1012)
  }
}
