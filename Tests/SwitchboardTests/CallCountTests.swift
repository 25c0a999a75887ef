import HTTPTypes
import HTTPWire
import Switchboard
import TestSupport
import Testing
import Tunnel

/// Each call that began ends once, and is counted as what it was.
@Suite(.timeLimit(.minutes(1))) struct CallCountTests {
  /// How a call ends.
  enum Ending: CaseIterable, Sendable {
    case whole, noTelephone, lineLostBeforeHead, lineLostAfterHead, resetBeforeHead, resetAfterHead, clientLeaves

    var counted: SwitchboardCalls {
      var calls = SwitchboardCalls()
      calls.began = 1
      switch self {
      case .whole: calls.answered = 1
      case .noTelephone: calls.refused = 1
      case .lineLostBeforeHead, .lineLostAfterHead: calls.lost = 1
      case .resetBeforeHead: calls.failed = 1
      case .resetAfterHead: calls.cut = 1
      case .clientLeaves: calls.abandoned = 1
      }
      return calls
    }

    var hasHead: Bool { self == .lineLostAfterHead || self == .resetAfterHead }
  }

  @Test(arguments: Ending.allCases) func `a call is counted as what became of it`(_ ending: Ending) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/\(ending == .noTelephone ? "nobody" : "p")/")
      if ending != .noTelephone {
        _ = try await phone.request()
        #expect(switchboard.calls.began == 1)
      }
      if ending.hasHead {
        try await phone.push(.head(1))
        _ = try await client.head()
        #expect(switchboard.calls.running == 1)
      }
      switch ending {
      case .whole: try await phone.push(.head(1, 204, ends: true))
      case .noTelephone: break
      case .lineLostBeforeHead, .lineLostAfterHead: await phone.phone.socket.close(code: 1000, reason: "")
      case .resetBeforeHead, .resetAfterHead: try await phone.push(.reset(1, 1))
      case .clientLeaves:
        await client.close()
        _ = try await phone.reset()
      }
      if ending != .clientLeaves { _ = await client.connection.readSome() }
      // Whoever serves a call has ended when this returns.
      if ending.hasHead || ending == .clientLeaves {
        await switchboard.shutdown()
      } else {
        // Requests of one connection are served in turn.
        try await client.send("GET /elsewhere")
        _ = try await client.connection.read(until: "not-found")
      }
      #expect(switchboard.calls == ending.counted)
      await client.close()
    }
  }

  @Test func `a crashed channel is told, loses its calls, and is joined again on the same socket`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/x")
      _ = try await phone.request()
      await switchboard.crashChannels()
      #expect(try await phone.receive() == #"["1","1","telephone:p","phx_error",{}]"#)
      #expect(try await answer.status == 502)
      #expect(switchboard.joined.isEmpty)
      // A push of the crashed join finds nobody, as in Phoenix.
      try await phone.send("1", "5", "heartbeat")
      #expect(try await phone.receive().contains("unmatched topic"))
      try await phone.send("2", "6", "phx_join")
      #expect(try await phone.receive().contains(#""status":"connected""#))
      async let again = call(switchboard.port, "/call/p/y")
      try await phone.answer(try await phone.request(), status: 204, joinRef: "2")
      #expect(try await again.status == 204)
    }
  }
}
