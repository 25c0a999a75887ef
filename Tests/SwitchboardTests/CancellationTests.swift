import HTTPTypes
import HTTPWire
import NIOCore
import Switchboard
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

/// What ends before its time ends on both sides, and nobody takes it for whole.
@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
  @Test(arguments: ["before the head", "after the head", "during the upload"])
  func `a client that goes away resets its stream`(_ when: String) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      if when == "during the upload" {
        try await client.send("POST /call/p/", ["Content-Length: 10"], "12345")
        _ = try await phone.next(.data)
      } else {
        try await client.send("GET /call/p/")
        _ = try await phone.request()
      }
      if when == "after the head" {
        try await phone.push(.head(1))
        _ = try await client.head()
      }
      await client.close()
      let reset = try await phone.reset()
      #expect(reset.stream == 1)
      #expect(reset.code == 0)
    }
  }

  @Test func `a client that goes away ends the backend's connection`() async throws {
    let ended = Gate()
    try await withHouse { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
      await connection.waitForEnd()
      ended.open()
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/")
      _ = try await client.head()
      #expect(try await client.chunk() == "abc")
      await client.close()
      try await ended.enter()
    }
  }

  @Test(arguments: ["Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "Content-Length: 10\r\n\r\nabc"])
  func `a backend that dies in its answer breaks the client's`(_ answer: String) async throws {
    let death = Gate()
    try await withHouse { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\n\(answer)")
      try await death.enter()
    } _: { switchboard in
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/")
      #expect(try await client.head().first == "HTTP/1.1 200 OK")
      let begun = answer.contains("chunked") ? "3\r\nabc\r\n" : "abc"
      #expect(try await client.connection.read(until: begun) == begun)
      death.open()
      #expect(await client.rest() == "")
    }
  }

  @Test(arguments: [(4, 503), (5, 504), (6, 502), (1, 502), (0, 502), (7, 502), (99, 502)] as [(UInt16, Int)])
  func `a reset before the head has a status`(_ code: UInt16, _ status: Int) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      try await phone.push(.reset(1, code, "the inside of a house"))
      let answered = try await answer
      #expect(answered.status == status)
      #expect(!answered.text.contains("inside"))
      #expect((answered.field("retry-after") != nil) == (status == 503))
    }
  }

  @Test func `a lost line is a 502, or a broken answer, and nothing is sent again`() async throws {
    try await withSwitchboard { switchboard in
      let dying = try await FramePhone.joined(switchboard.port)
      async let waiting = call(switchboard.port, "/call/p/waiting")
      _ = try await dying.request()
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/begun")
      _ = try await dying.request()
      try await dying.push(.head(2), .data(2, "begun"))
      _ = try await client.head()
      #expect(try await client.chunk() == "begun")
      let living = try await FramePhone.joined(switchboard.port)
      await dying.phone.socket.close(code: 1006, reason: "")
      let answered = try await waiting
      #expect(answered.status == 502)
      #expect(answered.text.contains("line-lost"))
      #expect(await client.rest() == "")
      async let next = call(switchboard.port, "/call/p/next")
      #expect(try await living.request().head.target == "/next")
      try await living.push(.head(1, 204, ends: true))
      #expect(try await next.status == 204)
    }
  }

  @Test func `a refused request goes once to another line, if its content was not touched`() async throws {
    try await withSwitchboard { switchboard in
      let phones = [
        try await FramePhone.joined(switchboard.port), try await FramePhone.joined(switchboard.port),
      ]
      for method in ["GET", "POST"] {
        let body = method == "POST" ? ByteBuffer(string: "x") : nil
        async let answer = call(switchboard.port, "/call/p/", method: method, body: body)
        // Each in turn: the line of the first is the second one's turn next.
        let (first, second) = (phones[0], phones[1])
        let stream = try await first.request().stream
        if method == "POST" { _ = try await first.next(.data) }
        try await first.push(.reset(stream, 4))
        if method == "GET" {
          let again = try await second.request()
          #expect(again.head.target == "/")
          try await second.push(.reset(again.stream, 4))
        }
        #expect(try await answer.status == 503)
      }
    }
  }

  @Test func `no head in time is 504 and a reset, and the time runs from the end of the request`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) {
      $0.answerTimeout = .seconds(33)
      $0.idleTimeout = .seconds(4000)
    } _: { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 2", "Connection: close"], "a")
      _ = try await phone.request()
      clock.advance(by: .seconds(40))
      try await client.connection.write("b")
      await clock.expire(.seconds(33))
      let reset = try await phone.reset()
      #expect(reset.code == 5)
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 504 ") == true)
      #expect(await client.rest().contains("telephone-timeout"))
      // Once the head is there, time does not matter.
      let slow = try await DoorClient.connect(switchboard.port)
      try await slow.send("GET /call/p/")
      _ = try await phone.request()
      try await phone.push(.head(2))
      _ = try await slow.head()
      clock.advance(by: .seconds(1000))
      try await phone.push(.data(2, "late", ends: true))
      #expect(try await slow.chunks() == "late")
      await slow.close()
    }
  }

  @Test func `a client's malformed chunk is 400, and resets the stream`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n")
      _ = try await phone.next(.data)
      try await client.connection.write("zz\r\n")
      #expect(try await phone.reset().code == 8)
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 400 ") == true)
      await client.close()
    }
  }
}
