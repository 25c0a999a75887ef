import HTTPTypes
import NIOCore
import Switchboard
import TestSupport
import Testing
import Tunnel

@testable import HTTPWire

/// What has still to leave when the other direction is over, on a line whose writer is busy.
@Suite(.timeLimit(.minutes(2))) struct BusyLineTests {
  private static let count = 64
  private static let flood = 48 << 20

  /// What a telephone has got of each request.
  private struct Got {
    /// The target of each stream.
    var targets: [UInt32: String] = [:]
    var content: [String: String] = [:]
    var ended: Set<String> = []
    var closed: Set<String> = []
    var resets: [String] = []
    var flood = 0

    mutating func take(_ frame: Frame) throws {
      if frame.kind == .requestHead { targets[frame.stream] = try RequestHeadFrame(frame.payload).target }
      let target = targets[frame.stream, default: "\(frame.stream)"]
      if frame.kind == .reset { resets.append(target) }
      if frame.kind == .close { closed.insert(target) }
      if frame.kind == .data {
        if target == "/flood" {
          flood += frame.payload.readableBytes
        } else {
          content[target, default: ""] += String(buffer: frame.payload)
        }
      }
      if frame.flags.contains(.end) { ended.insert(target) }
    }
  }

  /// A telephone with credit for so much that only the socket of its line holds a flood back.
  private func phone(_ switchboard: Switchboard) async throws -> FramePhone {
    try await FramePhone.joined(switchboard.port, terms: LineTerms(streamCredit: Self.flood * 2))
  }

  /// Runs `body` while an upload fills the line of a telephone that reads nothing.
  private func withFlood(_ switchboard: Switchboard, _ body: () async throws -> Void) async throws {
    let written = Tally()
    let client = try await DoorClient.connect(switchboard.port)
    try await client.send("POST /call/p/flood", ["Content-Length: \(Self.flood)"])
    async let flooded: Void = {
      let part = ByteBuffer(repeating: 0x61, count: 1 << 16)
      while written.count < Self.flood {
        try await client.connection.write(part)
        written.add(part.readableBytes)
      }
    }()
    do {
      #expect(try await untilStill(switchboard.port, written, target: "/nowhere", status: 404) < Self.flood)
      try await body()
    } catch {
      await client.connection.reset()
      throw error
    }
    try await flooded
    await client.close()
  }

  @Test func `uploads that outlive their answers reach the telephone whole, and their connections go on`() async throws
  {
    try await withSwitchboard { switchboard in
      var got = Got()
      let phone = try await phone(switchboard)
      var clients: [DoorClient] = []
      for number in 0..<Self.count {
        let client = try await DoorClient.connect(switchboard.port)
        try await client.send("POST /call/p/\(number)", ["Content-Length: 10"], "12345")
        clients.append(client)
      }
      while got.content.values.filter({ $0 == "12345" }).count < Self.count { try got.take(try await phone.next()) }
      try await withFlood(switchboard) {
        for stream in got.targets.keys {
          try await phone.push(.head(stream, 200, [.contentLength: "5"]), .data(stream, "early", ends: true))
        }
        for (number, client) in clients.enumerated() {
          #expect(try await client.head().first == "HTTP/1.1 200 OK")
          #expect(String(buffer: try await client.connection.read(5)) == "early")
          try await client.connection.write(
            "67890GET /call/p/next/\(number) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        // The telephone reads again: everything must come, and no stream was let go.
        let all = Set((0..<Self.count).flatMap { ["/\($0)", "/next/\($0)"] } + ["/flood"])
        while got.ended != all, got.resets.isEmpty { try got.take(try await phone.next()) }
      }
      #expect(got.resets == [])
      #expect(got.flood == Self.flood)
      for number in 0..<Self.count { #expect(got.content["/\(number)"] == "1234567890") }
      for (stream, target) in got.targets where target.hasPrefix("/next/") {
        try await phone.push(.head(stream, 204, ends: true))
      }
      for client in clients { #expect(await client.rest().hasPrefix("HTTP/1.1 204 ")) }
    }
  }

  @Test func `a client that has sent all and got all may leave before its upload has left`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) { switchboard in
      var got = Got()
      let phone = try await phone(switchboard)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/late", ["Content-Length: 10"], "12345")
      while got.content["/late"] != "12345" { try got.take(try await phone.next()) }
      try await withFlood(switchboard) {
        try await phone.push(.head(1, 200, [.contentLength: "5"]), .data(1, "early", ends: true))
        _ = try await client.head()
        #expect(String(buffer: try await client.connection.read(5)) == "early")
        try await client.connection.write("67890")
        await client.close()
        await clock.expire(HalfClose.interval)
        for _ in 0..<50 { #expect(try await call(switchboard.port, "/nowhere").status == 404) }
        while got.ended != ["/late", "/flood"], got.resets.isEmpty { try got.take(try await phone.next()) }
      }
      #expect(got.resets == [])
      #expect(got.content["/late"] == "1234567890")
    }
  }

  @Test func `a client's answer to a close reaches the telephone as a close`() async throws {
    try await withSwitchboard { switchboard in
      var got = Got()
      let phone = try await phone(switchboard)
      async let connected = WireSocket.connect(switchboard.port, "/call/p/socket")
      while got.targets.isEmpty { try got.take(try await phone.next()) }
      try await phone.push(.head(1, 101))
      let (socket, _) = try await connected
      try await withFlood(switchboard) {
        try await phone.push(.raw(0x09, 1, [0x0F, 0xA2]))
        #expect(try await socket.receive() == .close(4002, ""))
        try await socket.send(.close(4002, ""))
        // For the client it is over now; for the telephone it must end in order, too.
        await socket.connection.waitForEnd()
        while got.ended != ["/flood"] { try got.take(try await phone.next()) }
      }
      #expect(got.resets == [])
      #expect(got.closed == ["/socket"])
    }
  }
}
