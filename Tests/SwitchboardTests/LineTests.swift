import HTTPTypes
import HTTPWire
import NIOCore
import PhoenixChannels
import Switchboard
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

/// Several lines of one path, and the bounds of each.
@Suite(.timeLimit(.minutes(1))) struct LineTests {
  @Test func `a line that is full is passed over, and where all are the answer is 503`() async throws {
    try await withSwitchboard { switchboard in
      let small = try await FramePhone.joined(switchboard.port, terms: LineTerms(maxStreams: 1))
      let large = try await FramePhone.joined(switchboard.port, terms: LineTerms(maxStreams: 2))
      var clients: [DoorClient] = []
      for number in 0..<3 {
        let client = try await DoorClient.connect(switchboard.port)
        try await client.send("GET /call/p/\(number)")
        let phone = number == 0 ? small : large
        #expect(try await phone.request().head.target == "/\(number)")
        clients.append(client)
      }
      let refused = try await call(switchboard.port, "/call/p/")
      #expect(refused.status == 503)
      #expect(refused.field("retry-after") == "1")
      #expect(refused.text.contains("too-many-streams"))
      // One ends, one more fits.
      try await small.push(.head(1, 204, ends: true))
      _ = try await clients[0].head()
      async let next = call(switchboard.port, "/call/p/next")
      #expect(try await small.request().stream == 2)
      try await small.push(.head(2, 204, ends: true))
      #expect(try await next.status == 204)
      for client in clients { await client.close() }
    }
  }

  @Test func `a line that drains gets nothing new, and ends what it has`() async throws {
    try await withSwitchboard { switchboard in
      let leaving = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/old")
      _ = try await leaving.request()
      try await leaving.push(.raw(0x0A, 0))
      // The heartbeat comes after the drain, so its answer shows that the drain was read.
      try await leaving.phone.send("1", "5", "heartbeat", ["ts": 1])
      #expect(try await leaving.phone.receive().contains("heartbeat_ack"))
      #expect(try await call(switchboard.port, "/call/p/nobody").status == 503)
      let staying = try await FramePhone.joined(switchboard.port)
      for _ in 0..<3 {
        async let answer = call(switchboard.port, "/call/p/new")
        let request = try await staying.request()
        try await staying.push(.head(request.stream, 204, ends: true))
        #expect(try await answer.status == 204)
      }
      try await leaving.push(.head(1), .data(1, "to the end", ends: true))
      _ = try await client.head()
      #expect(try await client.chunks() == "to the end")
      await client.close()
    }
  }

  @Test func `lines of both protocols take turns`() async throws {
    try await withSwitchboard { switchboard in
      let old = try await Phone.joined(switchboard.port)
      let new = try await FramePhone.joined(switchboard.port)
      async let serving: Void = old.answerAll("one")
      var answers: [String] = []
      for number in 0..<4 {
        async let answer = call(switchboard.port, "/call/p/")
        if number % 2 == 1 {
          let request = try await new.request()
          try await new.push(
            .head(request.stream, 200, [.contentLength: "3"]), .data(request.stream, "two", ends: true))
        }
        answers.append(try await answer.text)
      }
      #expect(answers == ["one", "two", "one", "two"])
      await old.socket.close(code: 1000, reason: "")
      await serving
    }
  }

  @Test func `a shutdown tells the telephones to dial elsewhere, then closes with 1012`() async throws {
    var settings = SwitchboardSettings(secret: secret)
    settings.port = 0
    let switchboard = try await Switchboard.start(settings, date: { now }, logger: quiet)
    let phone = try await FramePhone.joined(switchboard.port)
    async let drained = phone.next(.drain)
    async let shutdown: Void = switchboard.shutdown()
    #expect(try await drained.stream == 0)
    #expect(await phone.closure() == 1012)
    await shutdown
  }

  /// Runs `body` with a switchboard whose shutdown waits for calls 42 s of a clock that stands still.
  private func withGrace(_ body: (Switchboard, TestClock) async throws -> Void) async throws {
    var settings = SwitchboardSettings(secret: secret)
    settings.port = 0
    settings.startGrace = .zero
    settings.shutdownGrace = .seconds(42)
    let clock = TestClock()
    try await body(try await Switchboard.start(settings, clock: clock, date: { now }, logger: quiet), clock)
  }

  @Test func `a shutdown with lines that carry nothing waits for nothing`() async throws {
    try await withGrace { switchboard, _ in
      let old = try await Phone.joined(switchboard.port)
      let new = try await FramePhone.joined(switchboard.port)
      async let ends = [old.closure(), new.closure()]
      await switchboard.shutdown()
      #expect(await ends == [1012, 1012])
    }
  }

  @Test func `a shutdown lets calls end, and takes nothing new meanwhile`() async throws {
    try await withGrace { switchboard, _ in
      let phone = try await FramePhone.joined(switchboard.port)
      let idle = try await Phone.dial(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/slow")
      _ = try await phone.request()
      async let shutdown: Void = switchboard.shutdown()
      _ = try await phone.next(.drain)
      #expect(try await call(switchboard.port, "/call/p/new").status == 503)
      await #expect(throws: (any Error).self) { try await Phone.dial(switchboard.port) }
      try await idle.send("1", "1", "phx_join")
      #expect(await idle.closure() == 1012)
      try await phone.push(.head(1), .data(1, "to the end", ends: true))
      _ = try await client.head()
      #expect(try await client.chunks() == "to the end")
      #expect(await phone.closure() == 1012)
      await shutdown
    }
  }

  @Test func `a shutdown waits for calls on protocol 1, too`() async throws {
    try await withGrace { switchboard, clock in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/slow")
      let request = try await phone.request()
      async let shutdown: Void = switchboard.shutdown()
      await clock.untilSomebodySleeps(for: .seconds(42))
      try await phone.answer(request, body: "to the end")
      #expect(try await answer.text == "to the end")
      #expect(await phone.closure() == 1012)
      await shutdown
    }
  }

  @Test func `past the grace a shutdown cuts calls off`() async throws {
    try await withGrace { switchboard, clock in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/slow")
      _ = try await phone.request()
      async let shutdown: Void = switchboard.shutdown()
      _ = try await phone.next(.drain)
      await clock.expire(.seconds(42))
      #expect(await phone.closure() == 1012)
      let cut = try? await answer
      #expect(cut == nil || cut?.status == 502)
      await shutdown
    }
  }

  @Test func `an agent with two lines serves on both, and one lost line disturbs no other`() async throws {
    let hold = Gate()
    let backend = ClosureBackend { request in
      if request.target == "/hold" { try await hold.enter() }
      return Response(text: request.target)
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, lines: 2, backend: backend) {
        try await switchboard.untilJoined(2)
        async let held = call(switchboard.port, "/call/p/hold")
        await hold.waiting(1)
        for _ in 0..<4 { #expect(try await call(switchboard.port, "/call/p/x").text == "/x") }
        hold.open()
        #expect(try await held.text == "/hold")
      }
    }
  }

  @Test func `calls over the bound are 503, and one that ended makes room`() async throws {
    try await withSwitchboard {
      $0.maxCalls = 1
    } _: { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let first = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      let refused = try await call(switchboard.port, "/call/p/")
      #expect(refused.status == 503)
      #expect(refused.text.contains("too-many-calls"))
      try await phone.push(.head(1, 204, ends: true))
      #expect(try await first.status == 204)
    }
  }
}
