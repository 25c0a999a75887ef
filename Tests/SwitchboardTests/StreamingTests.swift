import HTTPTypes
import NIOCore
import Switchboard
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

/// Nothing piles up and nothing waits for the end: through switchboard, agent and a backend on a socket.
@Suite(.timeLimit(.minutes(2))) struct StreamingTests {
  /// What one stream may hold in flight: the sockets' buffers on four connections, and the credit, which grows.
  static let bound = 40 << 20

  @Test func `the first event is with the client before the second is sent`() async throws {
    let next = Gate()
    try await withHouse { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
      for number in 1...3 {
        try await next.enter()
        try await connection.write("9\r\ndata: \(number)\n\n\r\n")
      }
      try await connection.write("0\r\n\r\n")
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/events")
      // The head alone comes, before there is any event.
      #expect(try await client.head().contains("Content-Type: text/event-stream"))
      for number in 1...3 {
        next.admit()
        #expect(try await client.chunk() == "data: \(number)\n\n")
      }
      #expect(try await client.chunk() == nil)
      await client.close()
    }
  }

  @Test func `a client that reads nothing stops the backend, and the rest comes when it reads`() async throws {
    let written = Tally()
    let whole = 64 << 20
    try await withHouse { connection in
      if try await isPing(connection) { return }
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(whole)\r\n\r\n")
      let part = ByteBuffer(repeating: 0x61, count: 1 << 16)
      while written.count < whole {
        try await connection.write(part)
        written.add(part.readableBytes)
      }
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/endless")
      _ = try await client.head()
      #expect(try await untilStill(switchboard.port, written) < Self.bound)
      var came = 0
      while came < whole {
        guard let part = await client.connection.readSome() else { break }
        came += part.readableBytes
      }
      #expect(came == whole)
      #expect(written.count == whole)
      await client.close()
    }
  }

  @Test func `a backend that reads nothing stops the client's upload, and then takes all of it`() async throws {
    let whole = 64 << 20
    let read = Gate()
    let written = Tally()
    try await withHouse { connection in
      if try await isPing(connection) { return }
      try await read.enter()
      var left = whole
      while left > 0 {
        guard let part = await connection.readSome() else { return }
        left -= part.readableBytes
      }
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/upload", ["Content-Length: \(whole)"])
      async let upload: Void = {
        let part = ByteBuffer(repeating: 0x61, count: 1 << 16)
        while written.count < whole {
          try await client.connection.write(part)
          written.add(part.readableBytes)
        }
      }()
      #expect(try await untilStill(switchboard.port, written) < Self.bound)
      read.open()
      try await upload
      #expect(try await client.head().first == "HTTP/1.1 200 OK")
      await client.close()
    }
  }

  @Test func `request and answer run at the same time`() async throws {
    try await withHouse { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      while true {
        let size = try await connection.read(until: "\r\n")
        let count = Int(size.dropLast(1), radix: 16) ?? 0
        let chunk = try await connection.read(count + 2)
        try await connection.write(ByteBuffer(string: size))
        try await connection.write(chunk)
        if count == 0 { return }
      }
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/echo", ["Transfer-Encoding: chunked"])
      for word in ["one", "two", "three"] {
        try await client.connection.write("\(String(word.utf8.count, radix: 16))\r\n\(word)\r\n")
        if word == "one" { _ = try await client.head() }
        #expect(try await client.chunk() == word)
      }
      try await client.connection.write("0\r\n\r\n")
      #expect(try await client.chunk() == nil)
      await client.close()
    }
  }

  @Test func `an early refusal of an upload reaches the client, and the rest is not wanted`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 100000000"], "begin")
      _ = try await phone.request()
      #expect(String(buffer: try await phone.next(.data).payload) == "begin")
      try await phone.push(.head(1, 413, [.contentLength: "4"]), .data(1, "full", ends: true), .reset(1, 9))
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 413 ") == true)
      #expect(String(buffer: try await client.connection.read(4)) == "full")
      // The client keeps still, but nobody waits for the rest any more.
      await client.connection.waitForEnd()
      await client.close()
      async let next = call(switchboard.port, "/call/p/")
      #expect(try await phone.request().stream == 2)
      try await phone.push(.head(2, 204, ends: true))
      #expect(try await next.status == 204)
    }
  }

  @Test func `an answer before the end of the upload does not stop the upload`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 10"], "12345")
      _ = try await phone.request()
      #expect(String(buffer: try await phone.next(.data).payload) == "12345")
      try await phone.push(.head(1, 200, [.contentLength: "5"]), .data(1, "early", ends: true))
      _ = try await client.head()
      #expect(String(buffer: try await client.connection.read(5)) == "early")
      try await client.connection.write("67890GET /call/p/next HTTP/1.1\r\nHost: x\r\n\r\n")
      // The next request's head may overtake the end of this one's content: heads go first.
      var rest = ""
      var hasEnded = false
      var next: RequestHeadFrame?
      while !hasEnded || next == nil {
        let frame = try await phone.next()
        if frame.kind == .requestHead { next = try RequestHeadFrame(frame.payload) }
        guard frame.kind == .data else { continue }
        rest += String(buffer: frame.payload)
        hasEnded = frame.flags.contains(.end)
      }
      #expect(rest == "67890")
      #expect(next?.target == "/next")
      try await phone.push(.head(2, 204, ends: true))
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 204 ") == true)
      await client.close()
    }
  }

  @Test func `content is asked for only when the backend says continue`() async throws {
    let go = Gate()
    try await withHouse { connection in
      #expect(try await connection.read(until: "\r\n\r\n").lowercased().contains("expect: 100-continue"))
      try await go.enter()
      try await connection.write("HTTP/1.1 100 Continue\r\n\r\n")
      let body = try await connection.read(5)
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
      try await connection.write(body)
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 5", "Expect: 100-continue"])
      go.open()
      #expect(try await client.head() == ["HTTP/1.1 100 Continue"])
      try await client.connection.write("hello")
      #expect(try await client.head().first == "HTTP/1.1 200 OK")
      #expect(String(buffer: try await client.connection.read(5)) == "hello")
      await client.close()
    }
  }

  @Test func `an answer in place of continue asks for nothing`() async throws {
    try await withHouse { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 5", "Expect: 100-continue"])
      let head = try await client.head()
      #expect(head.first?.hasPrefix("HTTP/1.1 417 ") == true, "\(head)")
      #expect(head.contains { $0.lowercased() == "connection: close" })
      await client.close()
    }
  }

  @Test func `a head and the content that came with it leave together`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/")
      _ = try await phone.request()
      try await phone.push(.head(1, 200, [.contentLength: "2"]), .data(1, "ok", ends: true))
      let first = try #require(await client.connection.readSome())
      #expect(String(buffer: first).hasSuffix("\r\n\r\nok"))
      await client.close()
    }
  }
}

/// Counts octets.
final class Tally: Sendable {
  private let octets = Atomic(0)
  var count: Int { octets.load(ordering: .relaxed) }
  func add(_ more: Int) { octets.add(more, ordering: .relaxed) }
}

/// Makes calls, on the same line if nothing else is said, until nothing has moved during fifty of them.
func untilStill(
  _ port: Int, _ tally: Tally, target: String = "/call/p/ping", status: Int = 204
) async throws -> Int {
  var seen = -1
  var quiet = 0
  while quiet < 50 {
    let answer = try await call(port, target)
    #expect(answer.status == status, "\(answer.text)")
    let place = tally.count
    quiet = place == seen && place > 0 ? quiet + 1 : 0
    seen = place
  }
  return seen
}

/// Reads a head; answers a ping and says so.
func isPing(_ connection: RawConnection) async throws -> Bool {
  guard try await connection.read(until: "\r\n\r\n").contains(" /ping ") else { return false }
  try await connection.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
  return true
}
