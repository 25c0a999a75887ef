import PhoenixChannels
import Testing

@Suite struct ChannelStateMachineTests {
  typealias Action = ChannelStateMachine.Action

  static func message(_ joinRef: String?, _ ref: String?, _ event: String, _ payload: JSONValue = [:]) -> PhoenixMessage
  {
    PhoenixMessage(joinRef: joinRef, ref: ref, topic: "t", event: event, json: payload)
  }

  static func reply(_ joinRef: String?, _ ref: String?, _ status: String = "ok", _ response: JSONValue = [:])
    -> PhoenixMessage
  {
    PhoenixReply(status: status, json: response).message(joinRef: joinRef, ref: ref, topic: "t")
  }

  static let ok = PhoenixReply(status: "ok", json: [:])

  /// A machine that is joined with join_ref 1.
  static func joined() -> ChannelStateMachine {
    var machine = ChannelStateMachine(topic: "t")
    _ = machine.join(payload: [:], ref: "1")
    _ = machine.receive(reply("1", "1"))
    return machine
  }

  @Test func `a join carries its ref twice, and its reply joins`() {
    var machine = ChannelStateMachine(topic: "t")
    #expect(machine.state == .idle)
    #expect(machine.join(payload: ["a": 1], ref: "1") == [.send(Self.message("1", "1", "phx_join", ["a": 1]))])
    #expect(machine.state == .joining(joinRef: "1"))
    #expect(
      machine.receive(Self.reply("1", "1", "ok", ["x": 2]))
        == [.succeed(ref: "1", PhoenixReply(status: "ok", json: ["x": 2]))])
    #expect(machine.joinRef == "1")
  }

  static let refusals: [(JSONValue, ChannelStateMachine.Failure)] = [
    (["reason": "unauthorized"], .joinRefused(reason: "unauthorized", response: ["reason": "unauthorized"])),
    ([:], .joinRefused(reason: nil, response: [:])),
    (["reason": "unmatched topic"], .unmatchedTopic),
  ]

  @Test(arguments: refusals)
  func `a join is refused`(response: JSONValue, failure: ChannelStateMachine.Failure) {
    for joinRef in ["1", nil] {
      var machine = ChannelStateMachine(topic: "t")
      _ = machine.join(payload: [:], ref: "1")
      #expect(machine.receive(Self.reply(joinRef, "1", "error", response)) == [.fail(ref: "1", failure)])
      #expect(machine.state == .closed(joinRef: "1"))
    }
  }

  @Test func `every push has the join's ref and its own`() {
    var machine = Self.joined()
    #expect(machine.push("e", .json([:]), ref: "2") == Self.message("1", "2", "e"))
    #expect(machine.call("e", .json([:]), ref: "3") == Self.message("1", "3", "e"))
  }

  @Test func `nothing is pushed unless joined`() {
    var joining = ChannelStateMachine(topic: "t")
    _ = joining.join(payload: [:], ref: "1")
    var crashed = Self.joined()
    _ = crashed.receive(Self.message("1", "1", "phx_error"))
    var closed = Self.joined()
    _ = closed.receive(Self.message("1", "1", "phx_close"))
    var leaving = Self.joined()
    _ = leaving.leave(ref: "2")
    for var machine in [ChannelStateMachine(topic: "t"), joining, crashed, closed, leaving] {
      #expect(machine.push("e", .json([:]), ref: "9") == nil)
      #expect(machine.call("e", .json([:]), ref: "9") == nil)
      #expect(machine.leave(ref: "9") == [])
    }
  }

  @Test func `replies are matched by ref, and the second one is counted`() {
    var machine = Self.joined()
    for ref in ["2", "3"] { _ = machine.call("e", .json([:]), ref: ref) }
    _ = machine.push("e", .json([:]), ref: "4")
    #expect(machine.receive(Self.reply("1", "3")) == [.succeed(ref: "3", Self.ok)])
    #expect(
      machine.receive(Self.reply("1", "2", "error")) == [.succeed(ref: "2", PhoenixReply(status: "error", json: [:]))])
    #expect(machine.receive(Self.reply("1", "3")) == [.drop(.unawaitedReply)])
    #expect(machine.receive(Self.reply("1", "1")) == [.drop(.unawaitedReply)])
    #expect(machine.receive(Self.reply("1", "4")) == [.drop(.unawaitedReply)])
    for ref in ["5", "0", "x", ""] { #expect(machine.receive(Self.reply("1", ref)) == [.drop(.unknownRef)]) }
    #expect(machine.receive(Self.reply("1", nil)) == [.drop(.malformedReply)])
    #expect(machine.receive(Self.message("1", "2", "phx_reply", ["no": 1])) == [.drop(.malformedReply)])
  }

  @Test func `pushes and broadcasts are delivered, and only when joined`() {
    var machine = ChannelStateMachine(topic: "t")
    #expect(machine.receive(Self.message(nil, nil, "e")) == [.drop(.notJoined)])
    _ = machine.join(payload: [:], ref: "1")
    #expect(machine.receive(Self.message("1", nil, "e")) == [.drop(.notJoined)])
    _ = machine.receive(Self.reply("1", "1"))
    for joinRef in ["1", nil] {
      let message = Self.message(joinRef, nil, "e", [1])
      #expect(machine.receive(message) == [.deliver(message)])
    }
    #expect(machine.receive(Self.message("1", nil, "phx_unheard_of")) == [.drop(.unknownEvent)])
    #expect(machine.receive(Self.message("1", nil, "phx_join")) == [.drop(.unknownEvent)])
  }

  @Test(arguments: ["phx_close", "phx_error", "e", "phx_reply"])
  func `what is of another join is ignored`(event: String) {
    var machine = Self.joined()
    for joinRef in ["0", "2", ""] {
      #expect(machine.receive(Self.message(joinRef, joinRef, event, ["status": "ok"])) == [.drop(.stale)])
    }
    #expect(machine.joinRef == "1")
  }

  static let crashes: [(JSONValue, String?)] = [([:], nil), (["reason": "channel_crash"], "channel_crash")]

  @Test(arguments: crashes)
  func `a crash fails the calls and asks for a rejoin`(payload: JSONValue, reason: String?) {
    var machine = Self.joined()
    for ref in ["10", "9"] { _ = machine.call("e", .json([:]), ref: ref) }
    #expect(
      machine.receive(Self.message("1", "1", "phx_error", payload)) == [
        .fail(ref: "9", .crashed(reason: reason)), .fail(ref: "10", .crashed(reason: reason)),
        .crashed(reason: reason),
      ])
    #expect(machine.state == .crashed(joinRef: "1"))
    #expect(machine.receive(Self.message("1", "1", "phx_error")) == [.drop(.notJoined)])
    #expect(machine.join(payload: [:], ref: "11") == [.send(Self.message("11", "11", "phx_join"))])
    #expect(machine.receive(Self.message("1", "1", "phx_close")) == [.drop(.stale)])
    #expect(machine.receive(Self.reply("11", "11")) == [.succeed(ref: "11", Self.ok)])
  }

  @Test func `a crash or a close while joining fails the join`() {
    var machine = ChannelStateMachine(topic: "t")
    _ = machine.join(payload: [:], ref: "1")
    #expect(machine.receive(Self.message("1", "1", "phx_error")) == [.fail(ref: "1", .crashed(reason: nil))])
    _ = machine.join(payload: [:], ref: "2")
    #expect(machine.receive(Self.message("2", "2", "phx_close")) == [.fail(ref: "2", .closed)])
    #expect(machine.receive(Self.reply("2", "2")) == [.drop(.unawaitedReply)])
  }

  @Test func `a close by the gateway ends the channel`() {
    var machine = Self.joined()
    _ = machine.call("e", .json([:]), ref: "2")
    #expect(machine.receive(Self.message("1", "1", "phx_close")) == [.fail(ref: "2", .closed), .closed])
    #expect(machine.receive(Self.message("1", "1", "phx_close")) == [])
    #expect(machine.receive(Self.message("1", nil, "e")) == [.drop(.notJoined)])
  }

  @Test func `a second join ends the first, whose late close is stale`() {
    var machine = Self.joined()
    _ = machine.call("e", .json([:]), ref: "2")
    #expect(
      machine.join(payload: [:], ref: "3") == [
        .fail(ref: "2", .closed), .closed, .send(Self.message("3", "3", "phx_join")),
      ])
    #expect(machine.receive(Self.reply("3", "3")) == [.succeed(ref: "3", Self.ok)])
    #expect(machine.receive(Self.message("1", "1", "phx_close")) == [.drop(.stale)])
    #expect(machine.joinRef == "3")
  }

  @Test func `a second join while the first is on its way fails the first`() {
    var machine = ChannelStateMachine(topic: "t")
    _ = machine.join(payload: [:], ref: "1")
    #expect(machine.join(payload: [:], ref: "2").first == .fail(ref: "1", .closed))
    #expect(machine.receive(Self.reply("1", "1")) == [.drop(.stale)])
    #expect(machine.receive(Self.reply("2", "2")) == [.succeed(ref: "2", Self.ok)])
  }

  @Test func `a leave is answered, and the close after it is silent`() {
    var machine = Self.joined()
    _ = machine.call("e", .json([:]), ref: "2")
    #expect(
      machine.leave(ref: "3") == [.fail(ref: "2", .closed), .closed, .send(Self.message("1", "3", "phx_leave"))])
    #expect(machine.receive(Self.message("1", nil, "e")) == [.drop(.notJoined)])
    #expect(machine.receive(Self.reply("1", "3")) == [.succeed(ref: "3", Self.ok)])
    #expect(machine.receive(Self.message("1", "1", "phx_close")) == [])
  }

  @Test(arguments: ["phx_close", "phx_error"])
  func `a leave also ends with a close or a crash`(event: String) {
    var machine = Self.joined()
    _ = machine.leave(ref: "2")
    #expect(machine.receive(Self.message("1", "1", event)) == [.succeed(ref: "2", Self.ok)])
  }

  @Test func `a join that is given up is left`() {
    var machine = ChannelStateMachine(topic: "t")
    _ = machine.join(payload: [:], ref: "1")
    #expect(machine.abandon(ref: "1") == [.send(Self.message("1", nil, "phx_leave"))])
    #expect(machine.receive(Self.reply("1", "1")) == [.drop(.unawaitedReply)])
  }

  @Test func `a call that is given up is forgotten`() {
    var machine = Self.joined()
    _ = machine.call("e", .json([:]), ref: "2")
    #expect(machine.abandon(ref: "2") == [])
    #expect(machine.receive(Self.reply("1", "2")) == [.drop(.unawaitedReply)])
    _ = machine.leave(ref: "3")
    #expect(machine.abandon(ref: "3") == [])
    #expect(machine.state == .closed(joinRef: "1"))
  }

  @Test func `an unmatched topic after the join is a crash`() {
    var machine = Self.joined()
    _ = machine.call("e", .json([:]), ref: "2")
    #expect(
      machine.receive(Self.reply(nil, "2", "error", ["reason": "unmatched topic"]))
        == [.fail(ref: "2", .unmatchedTopic), .crashed(reason: "unmatched topic")])
    #expect(machine.state == .crashed(joinRef: "1"))
  }
}
