import PhoenixChannels
import Testing
import Tunnel

@testable import Switchboard

@Suite struct GatewaySocketStateTests {
  typealias Action = GatewaySocketState.Action

  var state = GatewaySocketState(rules: JoinRules(pathID: "p", settings: SwitchboardSettings(secret: "s")))

  private static let granted: JSONValue = [
    "status": "connected", "path": "p", "expires_in": 0, "body_encoding": "base64",
  ]

  private func message(
    _ joinRef: String?, _ ref: String?, _ event: String, topic: String = "telephone:p", _ payload: JSONValue = [:]
  ) -> PhoenixMessage {
    PhoenixMessage(joinRef: joinRef, ref: ref, topic: topic, event: event, json: payload)
  }

  private func reply(
    _ joinRef: String?, _ ref: String?, topic: String = "telephone:p", _ status: String, _ response: JSONValue = [:]
  ) -> Action {
    .send(
      message(joinRef, ref, "phx_reply", topic: topic, ["status": .string(status), "response": response]))
  }

  private mutating func join(_ ref: String) { _ = state.receive(message(ref, ref, "phx_join")) }

  @Test mutating func `a join is granted with the response`() {
    #expect(
      state.receive(message("1", "1", "phx_join")) == [
        .joined(joinRef: "1", nil), reply("1", "1", "ok", Self.granted), .opened,
      ])
    #expect(state.isJoined)
  }

  @Test mutating func `a join that offers protocol 2 is granted it, a bad offer is refused`() {
    let bad: JSONValue = ["telephone": ["protocols": [2], "max_streams": 0]]
    guard case .send(let refusal)? = state.receive(message("1", "1", "phx_join", bad)).first else {
      Issue.record("no reply")
      return
    }
    #expect(refusal.json?["status"] == "error")
    #expect(!state.isJoined)
    let offer: JSONValue = ["telephone": ["protocols": [1, 2], "max_streams": 5]]
    let actions = state.receive(message("2", "2", "phx_join", offer))
    #expect(actions.first == .joined(joinRef: "2", LineTerms(maxStreams: 5)))
    #expect(actions.last == .opened)
    #expect(state.isJoined)
  }

  @Test mutating func `a second join is answered first, then the old one is closed`() {
    join("1")
    #expect(
      state.receive(message("4", "4", "phx_join")) == [
        .left(joinRef: "1"), .joined(joinRef: "4", nil), reply("4", "4", "ok", Self.granted), .opened,
        .send(message("1", "1", "phx_close")),
      ])
    #expect(state.joinRef == "4")
  }

  @Test(arguments: ["2", "", nil]) mutating func `a push of another join is dropped silently`(_ joinRef: String?) {
    join("1")
    #expect(state.receive(message(joinRef, "5", "proxy_res")) == [.drop])
    #expect(state.receive(message(joinRef, "5", "refresh_token")) == [.drop])
    #expect(state.receive(message(joinRef, "5", "phx_leave")) == [.drop])
    #expect(state.isJoined)
  }

  @Test mutating func `after a second join the first one's pushes are dropped`() {
    join("1")
    join("2")
    #expect(state.receive(message("1", "3", "proxy_res")) == [.drop])
    #expect(state.receive(message("2", "3", "e", 7)) == [.event("e", ref: "3", .json(7))])
  }

  @Test(arguments: ["telephone:p", "telephone:q", "room:1", "phoenix"])
  mutating func `a push on a topic that is not joined has no match`(_ topic: String) {
    #expect(
      state.receive(message("1", "2", "proxy_res", topic: topic)) == [
        reply(nil, "2", topic: topic, "error", ["reason": "unmatched topic"])
      ])
  }

  @Test mutating func `a leave of what is not joined is granted, as Phoenix does`() {
    #expect(state.receive(message("7", "8", "phx_leave")) == [reply("7", "8", "ok")])
  }

  @Test(arguments: ["room:1", "", "phoenix", "telephone", "Telephone:p"])
  mutating func `a join of a topic without a route has no match`(_ topic: String) {
    #expect(
      state.receive(message("1", "1", "phx_join", topic: topic)) == [
        reply(nil, "1", topic: topic, "error", ["reason": "unmatched topic"])
      ])
    #expect(!state.isJoined)
  }

  @Test(arguments: ["telephone:q", "telephone:", "telephone:p2", "telephone:P", "telephone:p\0"])
  mutating func `a join of another's topic is not authorized`(_ topic: String) {
    #expect(
      state.receive(message("1", "1", "phx_join", topic: topic)) == [
        reply("1", "1", topic: topic, "error", ["reason": "unauthorized"])
      ])
    #expect(!state.isJoined)
  }

  @Test mutating func `a refused join leaves the one that stands`() {
    join("1")
    _ = state.receive(message("2", "2", "phx_join", topic: "telephone:q"))
    #expect(state.joinRef == "1")
    #expect(state.isJoined)
  }

  @Test mutating func `a leave is answered, then closed, and then there is no topic`() {
    join("1")
    #expect(
      state.receive(message("1", "2", "phx_leave")) == [
        .left(joinRef: "1"), reply("1", "2", "ok"), .send(message("1", "1", "phx_close")),
      ])
    #expect(!state.isJoined)
    #expect(
      state.receive(message("1", "3", "proxy_res")) == [reply(nil, "3", "error", ["reason": "unmatched topic"])])
    join("4")
    #expect(state.isJoined)
  }

  @Test mutating func `a heartbeat is answered, joined or not`() {
    for _ in 0..<2 {
      #expect(
        state.receive(message(nil, "6", "heartbeat", topic: "phoenix")) == [reply(nil, "6", topic: "phoenix", "ok")])
      join("1")
    }
    #expect(
      state.receive(message("1", "7", "heartbeat", topic: "phoenix")) == [reply(nil, "7", topic: "phoenix", "ok")])
    #expect(state.receive(message("1", "8", "heartbeat", 5)) == [.event("heartbeat", ref: "8", .json(5))])
  }
}
