import HTTPTypes
import NIOCore
import PhoenixChannels
import TestSupport
import Testing
import Tunnel

@testable import Switchboard

@Suite struct JoinRulesTests {
  private func grant(
    _ payload: JSONValue, joinRef: String? = "1", pathID: String = "p", protocols: Set<Int> = [1, 2]
  ) throws -> JoinRules.Grant {
    var settings = SwitchboardSettings(secret: secret)
    settings.protocols = protocols
    return try JoinRules(pathID: pathID, expiresIn: 60, settings: settings).grant(
      PhoenixMessage(joinRef: joinRef, ref: "1", topic: "telephone:\(pathID)", event: "phx_join", json: payload))
  }

  @Test func `protocol 2 is granted when it is offered`() throws {
    let granted = try grant([
      "telephone": ["protocols": [1, 2, 3], "max_frame": 20_000, "max_streams": 7, "unknown": ["x"]]
    ])
    #expect(granted.offered == LineTerms(maxFrame: 20_000, maxStreams: 7))
    #expect(
      granted.response == [
        "status": "connected", "path": "p", "expires_in": 60,
        "telephone": ["protocol": 2, "max_frame": 65_536, "max_message": 262_144, "stream_credit": 65_536],
      ])
  }

  @Test(
    arguments: [
      [:], ["telephone": .null], ["telephone": [:]], ["telephone": ["protocols": [1]]],
      ["telephone": ["protocols": [1, 9]]], ["telephone": ["protocols": []]], ["other": ["protocols": [2]]],
    ] as [JSONValue])
  func `without the offer the answer is that of protocol 1`(_ payload: JSONValue) throws {
    if payload["telephone"]?["protocols"] == [] {
      #expect(throws: JoinRules.Refusal.self) { try grant(payload) }
      return
    }
    let granted = try grant(payload)
    #expect(granted.offered == nil)
    #expect(
      granted.response == ["status": "connected", "path": "p", "expires_in": 60, "body_encoding": "base64"])
  }

  @Test func `protocol 1 is granted where protocol 2 is not spoken, or cannot be`() throws {
    let offer: JSONValue = ["telephone": ["protocols": [1, 2]]]
    #expect(try grant(offer, protocols: [1]).offered == nil)
    #expect(try grant(offer, joinRef: nil).offered == nil)
    #expect(try grant(offer, joinRef: "").offered == nil)
    #expect(try grant(offer, joinRef: String(repeating: "1", count: 256)).offered == nil)
    #expect(try grant(offer, joinRef: String(repeating: "1", count: 255)).offered != nil)
    #expect(try grant(offer, pathID: String(repeating: "x", count: 246)).offered == nil)
    #expect(try grant(offer, pathID: String(repeating: "x", count: 245)).offered != nil)
  }

  @Test(
    arguments: [
      "x", ["protocols": 2], ["protocols": [2], "max_frame": 16_383], ["protocols": [2], "max_frame": 16_777_217],
      ["protocols": [2], "max_message": 65_545], ["protocols": [2], "stream_credit": 2_147_483_648],
      ["protocols": [2], "max_streams": 0], ["protocols": [2], "max_frame": "65536"], ["protocols": [3]],
    ] as [JSONValue])
  func `an offer that cannot be used is refused with its reason`(_ offer: JSONValue) {
    #expect(throws: JoinRules.Refusal.self) { try grant(["telephone": offer]) }
  }
}

@Suite(.timeLimit(.minutes(1))) struct NegotiationTests {
  @Test func `a refused offer leaves the socket, and a better one is granted on it`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.dial(switchboard.port)
      try await phone.send("1", "1", "phx_join", ["telephone": ["protocols": [2], "max_frame": 1]])
      let refused = try await phone.receive()
      #expect(refused.contains(#""status":"error""#))
      #expect(refused.contains("max_frame"))
      #expect(switchboard.joined.isEmpty)
      try await phone.send("2", "2", "phx_join", ["telephone": ["protocols": [2]]])
      #expect(try await phone.receive().contains(#""protocol":2"#))
      #expect(switchboard.joined == ["p": 1])
    }
  }

  @Test func `a second join ends the streams of the first, and ids begin again`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let lost = call(switchboard.port, "/call/p/1")
      #expect(try await phone.request().stream == 1)
      try await phone.phone.send("2", "2", "phx_join", ["telephone": ["protocols": [1, 2]]])
      #expect(try await lost.status == 502)
      async let next = call(switchboard.port, "/call/p/2")
      #expect(try await phone.request().stream == 1)
      var head = ByteBuffer()
      head.writeFrame(.head(1, 204, ends: true))
      try await phone.push(head, joinRef: "1")
      var right = ByteBuffer()
      right.writeFrame(.head(1, 202, [.contentLength: "0"], ends: true))
      try await phone.push(right, joinRef: "2")
      #expect(try await next.status == 202)
    }
  }

  @Test func `both sides keep to the frame sizes of the other`() async throws {
    try await withSwitchboard { switchboard in
      let terms = LineTerms(maxFrame: 16_384, maxMessage: 16_394, streamCredit: 100_000)
      let phone = try await FramePhone.joined(switchboard.port, terms: terms)
      let body = ByteBuffer(repeating: 0x61, count: 50_000)
      async let answer = call(switchboard.port, "/call/p/", method: "POST", body: body)
      let request = try await phone.request()
      var came = 0
      // The double's decoder refuses what is larger than the terms.
      while came < body.readableBytes { came += try await phone.next(.data).payload.readableBytes }
      #expect(came == body.readableBytes)
      try await phone.push(.head(request.stream, 204, ends: true))
      #expect(try await answer.status == 204)
    }
  }
}
