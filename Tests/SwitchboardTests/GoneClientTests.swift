import NIOCore
import Switchboard
import TelephoneTesting
import TestSupport
import Testing

@testable import HTTPWire

/// A client that goes away takes its backend request with it, whatever the two are waiting for.
@Suite(.timeLimit(.minutes(2))) struct GoneClientTests {
  /// The most calls on the same line that are made meanwhile.
  static let turns = 100

  /// Where the exchange stands when the client goes.
  enum Moment: CaseIterable, Sendable {
    case waitsForHead
    case waitsForHandshake
    case insideUpload
    /// The backend reads none of it.
    case insideStalledUpload
    case insideAnswer
    /// Both at once.
    case insideUploadAndAnswer

    var uploads: Bool { [.insideUpload, .insideStalledUpload, .insideUploadAndAnswer].contains(self) }
    var isAnswered: Bool { self == .insideAnswer || self == .insideUploadAndAnswer }
  }

  /// A backend that reads what it must, says nothing beyond a head, and never looks at its socket again.
  private static func backend(
    _ moment: Moment, _ came: Reports<Void>, _ ended: Tally
  ) -> @Sendable (RawConnection) async throws -> Void {
    { connection in
      if try await isPing(connection) { return }
      if moment == .insideUpload || moment == .insideUploadAndAnswer { _ = try await connection.read(5) }
      if moment.isAnswered { try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n") }
      came.send(())
      await connection.untilClosed()
      ended.add(1)
    }
  }

  private func ask(_ moment: Moment, _ client: DoorClient) async throws {
    if moment.uploads { return try await client.send("POST /call/p/", ["Content-Length: \(1 << 30)"], "12345") }
    let handshake = [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ]
    try await client.send("GET /call/p/", moment == .waitsForHandshake ? handshake : [])
  }

  /// Makes calls on the same line until the backend's connection has ended.
  /// - Returns: how many; ``turns`` if it does not end.
  private func turns(_ switchboard: Switchboard, _ ended: Tally) async throws -> Int {
    for turn in 0..<Self.turns {
      if ended.count == 1 { return turn }
      let answer = try await call(switchboard.port, "/call/p/ping")
      #expect(answer.status == 204, "\(answer.text)")
    }
    return Self.turns
  }

  @Test(arguments: Moment.allCases)
  func `a client that resets its connection ends the backend's`(_ moment: Moment) async throws {
    let (came, ended, written) = (Reports<Void>(), Tally(), Tally())
    try await withHouse(backend: Self.backend(moment, came, ended)) { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await ask(moment, client)
      _ = await came.next()
      if moment.isAnswered { _ = try await client.head() }
      var flood: Task<Void, any Error>?
      if moment == .insideStalledUpload {
        // Every buffer on the way is full, the client waits with the next octets.
        flood = Task {
          let part = ByteBuffer(repeating: 0x61, count: 1 << 16)
          while true {
            try await client.connection.write(part)
            written.add(part.readableBytes)
          }
        }
        #expect(try await untilStill(switchboard.port, written) < StreamingTests.bound)
      }
      #expect(ended.count == 0)
      await client.connection.reset()
      #expect(try await turns(switchboard, ended) < Self.turns)
      _ = await flood?.result
    }
  }

  @Test(arguments: [Moment.insideUpload, .insideUploadAndAnswer])
  func `a client that closes inside its own content has gone, too`(_ moment: Moment) async throws {
    let (came, ended) = (Reports<Void>(), Tally())
    try await withHouse(backend: Self.backend(moment, came, ended)) { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await ask(moment, client)
      _ = await came.next()
      if moment.isAnswered { _ = try await client.head() }
      #expect(ended.count == 0)
      await client.close()
      #expect(try await turns(switchboard, ended) < Self.turns)
    }
  }

  /// Whether it only ended its half shows when something is written to it; that needs a moment of the switchboard's clock.
  @Test(arguments: [Moment.waitsForHead, .waitsForHandshake, .insideAnswer])
  func `a client that closes after its request is found out, and has gone`(_ moment: Moment) async throws {
    let (came, ended, clock) = (Reports<Void>(), Tally(), TestClock())
    try await withHouse(clock: clock, backend: Self.backend(moment, came, ended)) { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await ask(moment, client)
      _ = await came.next()
      if moment.isAnswered { _ = try await client.head() }
      await client.close()
      await clock.expire(HalfClose.interval)
      #expect(try await turns(switchboard, ended) < Self.turns)
    }
  }
}
