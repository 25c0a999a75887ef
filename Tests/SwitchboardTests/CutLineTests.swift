import NIOCore
import Switchboard
import TelephoneTesting
import TestSupport
import Testing

/// Two lines of one agent, of which one is cut on the way.
@Suite(.timeLimit(.minutes(2))) struct CutLineTests {
  @Test(arguments: [(1, false), (2, false), (2, true)])
  func `a line that is cut takes its own exchange with it, and no other`(_ protocolNumber: Int, _ hasBegun: Bool)
    async throws
  {
    let (came, ended) = (Reports<String>(), Reports<String>())
    let calls = Tally()
    let go = Gate()
    try await withForward { connection in
      let head = try await connection.read(until: "\r\n\r\n")
      let target = String(head.split(separator: " ")[1])
      calls.add(1)
      let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nbegun"
      if hasBegun { try await connection.write(answer) }
      came.send(target)
      async let end: Void = {
        await connection.waitForEnd()
        ended.send(target)
      }()
      try await go.enter()
      try? await connection.write(hasBegun ? "ended" : answer + "ended")
      await connection.close()
      await end
    } _: { forward in
      try await withSwitchboard {
        $0.protocols = [protocolNumber]
      } _: { switchboard in
        try await Relay.with(to: switchboard.port) { relay in
          try await withAgent(relay.port, lines: 2, backend: forward) {
            try await switchboard.untilJoined(2)
            // Lines take turns, so each carries one.
            var clients: [String: DoorClient] = [:]
            for target in ["/a", "/b"] {
              let client = try await DoorClient.connect(switchboard.port)
              try await client.send("GET /call/p\(target)", ["Connection: close"])
              #expect(await came.next() == target)
              if hasBegun { _ = try await client.connection.read(until: "begun") }
              clients[target] = client
            }
            await relay.cut(0)
            let lost = try #require(await ended.next())
            let kept = try #require(clients.keys.first { $0 != lost })
            let broken = await clients[lost]?.rest() ?? ""
            #expect(hasBegun ? broken == "" : broken.hasPrefix("HTTP/1.1 502 "))
            // Only now is the other one answered: its line and its connection to the backend were left alone.
            go.open()
            let whole = await clients[kept]?.rest() ?? ""
            #expect(
              hasBegun ? whole == "ended" : whole.hasPrefix("HTTP/1.1 200 OK\r\n") && whole.hasSuffix("begunended"))
            #expect(calls.count == 2)
            // The line comes back, and carries calls again; nothing of before is sent on it.
            try await switchboard.untilJoined(2)
            for number in 3...4 {
              #expect(try await call(switchboard.port, "/call/p/\(number)").status == 200)
              #expect(calls.count == number)
            }
          }
        }
      }
    }
  }
}
