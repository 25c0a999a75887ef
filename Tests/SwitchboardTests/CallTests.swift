import HTTPWire
import NIOCore
import PhoenixChannels
import Switchboard
import TestSupport
import Testing

/// A client's call, to a telephone that is played by hand.
@Suite(.timeLimit(.minutes(1))) struct CallTests {
  @Test func `a request is carried to the telephone, and its answer back`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      let fields = [
        "Connection: close, X-Hop", "X-Hop: 1", "TE: trailers", "Keep-Alive: 5", "Proxy-Connection: close",
        "Accept: a", "Accept: b", "Cookie: c=1", "Cookie: d=2", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7",
      ]
      async let answer = call(
        switchboard.port, "/call/p/a%2Fb?x=%20y", method: "PATCH", fields: fields, body: ByteBuffer(string: "hello"))
      let request = try await phone.request()
      #expect(request["method"] == "PATCH")
      #expect(request["path"] == "/a%2Fb")
      #expect(request["query_string"] == "x=%20y")
      #expect(request["body"] == "aGVsbG8=")
      #expect(request["body_encoding"] == "base64")
      #expect(request["request_id"]?.stringValue?.count == 36)
      #expect(
        request["headers"] == [
          "accept": "a, b", "cookie": "c=1; d=2", "host": "example.org", "content-length": "5",
          "x-forwarded-for": "6.6.6.6, 7.7.7.7, 127.0.0.1", "x-forwarded-proto": "http",
        ])
      try await phone.answer(
        request, status: 418,
        headers: [
          "Content-Type": "text/plain", "Content-Length": "999", "Connection": "X-Back", "X-Back": "1",
          "Keep-Alive": "5", "Transfer-Encoding": "chunked", "Set-Cookie": "a=b",
        ], body: "short and stout")
      let answered = try await answer
      #expect(answered.status == 418)
      #expect(answered.text == "short and stout")
      #expect(
        Set(answered.fields) == [
          "content-type: text/plain", "content-length: 15", "set-cookie: a=b", "connection: close",
        ])
    }
  }

  @Test func `a chunked answer arrives whole`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      let request = try await phone.request()
      try await phone.send(
        "1", "2", "proxy_res",
        [
          "request_id": request["request_id"] ?? .null, "status": 200, "headers": [:], "body": "", "chunked": true,
          "chunks": ["é", "€", "😀"],
        ])
      #expect(try await answer.text == "é€😀")
    }
  }

  @Test func `a HEAD tells the length of what is not there`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      for (length, expected) in [("1234", "1234"), ("5, 5", nil), ("x", nil)] as [(String, String?)] {
        async let answer = call(switchboard.port, "/call/p/", method: "HEAD")
        try await phone.answer(try await phone.request(), headers: ["content-length": .string(length)])
        let answered = try await answer
        #expect(answered.status == 200)
        #expect(answered.field("content-length") == expected)
        #expect(answered.body.readableBytes == 0)
      }
    }
  }

  @Test(arguments: [204, 304] as [Int64])
  func `an answer without content has none`(_ status: Int64) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      try await phone.answer(try await phone.request(), status: status, body: "ignored")
      let answered = try await answer
      #expect(answered.status == Int(status))
      #expect(answered.text == "")
    }
  }

  @Test func `telephones on one path take turns`() async throws {
    try await withSwitchboard { switchboard in
      let first = try await Phone.joined(switchboard.port)
      let second = try await Phone.joined(switchboard.port)
      let other = try await Phone.joined(switchboard.port, pathID: "q")
      async let a: Void = first.answerAll("first")
      async let b: Void = second.answerAll("second")
      async let c: Void = other.answerAll("other")
      var answers: [String] = []
      for _ in 0..<4 { answers.append(try await call(switchboard.port, "/call/p/").text) }
      #expect(Set(answers) == ["first", "second"])
      #expect(answers[0] != answers[1])
      #expect(Array(answers[0...1]) == Array(answers[2...3]))
      #expect(try await call(switchboard.port, "/call/q/").text == "other")
      await first.socket.close(code: 1000, reason: "")
      try await switchboard.untilJoined(1)
      for _ in 0..<3 { #expect(try await call(switchboard.port, "/call/p/").text == "second") }
      await second.socket.close(code: 1006, reason: "")
      try await switchboard.untilJoined(0)
      #expect(try await call(switchboard.port, "/call/p/").status == 503)
      await other.socket.close(code: 1000, reason: "")
      _ = await (a, b, c)
    }
  }

  @Test func `right after the start a call waits for its telephone, and gets 503 when the grace is over`() async throws
  {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) {
      $0.startGrace = .seconds(7)
    } _: { switchboard in
      let port = switchboard.port
      async let early = call(port, "/call/p/")
      await clock.untilSomebodySleeps(for: .seconds(7))
      let phone = try await Phone.joined(port)
      async let answers: Void = phone.answerAll("back again")
      #expect(try await early.text == "back again")
      await phone.socket.close(code: 1000, reason: "")
      await answers

      async let late = call(port, "/call/nobody/")
      await clock.expire(.seconds(7))
      #expect(try await late.status == 503)
      // The grace is over: from now on the answer comes at once.
      #expect(try await call(port, "/call/nobody/").status == 503)
    }
  }

  @Test func `with no telephone the answer is 503`() async throws {
    try await withSwitchboard { switchboard in
      let answer = try await call(switchboard.port, "/call/p/", method: "POST", body: ByteBuffer(string: "x"))
      #expect(answer.status == 503)
      #expect(answer.field("retry-after") == "1")
      #expect(answer.text.contains("no-telephone"))
      // A socket without a join is no telephone.
      let phone = try await Phone.dial(switchboard.port)
      #expect(try await call(switchboard.port, "/call/p/").status == 503)
      await phone.socket.close(code: 1000, reason: "")
    }
  }

  @Test func `no answer in time is 504, and a late one harms nobody`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) {
      $0.answerTimeout = .seconds(33)
      $0.idleTimeout = .seconds(4000)
    } _: { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/slow")
      let slow = try await phone.request()
      await clock.expire(.seconds(33))
      let late = try await answer
      #expect(late.status == 504)
      #expect(late.text.contains("telephone-timeout"))
      async let next = call(switchboard.port, "/call/p/next")
      let request = try await phone.request()
      #expect(request["path"] == "/next")
      try await phone.answer(slow, body: "late")
      try await phone.answer(request, body: "in time")
      try await phone.answer(request, body: "twice")
      #expect(try await next.text == "in time")
    }
  }

  @Test(arguments: ["vanish", "close", "leave", "join again", "malformed"])
  func `a line that is lost during a call is a 502`(_ how: String) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      _ = try await phone.request()
      switch how {
      case "vanish": await phone.socket.close(code: 1006, reason: "")
      case "close": await phone.socket.close(code: 1000, reason: "")
      case "leave": try await phone.send("1", "2", "phx_leave")
      case "join again": try await phone.send("2", "2", "phx_join")
      default: try await phone.send("[]")
      }
      let answered = try await answer
      #expect(answered.status == 502)
      #expect(answered.text.contains("line-lost"))
    }
  }

  @Test func `an answer that cannot be read is a 502`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p/")
      try await phone.answer(try await phone.request(), headers: ["x": "a\r\nSet-Cookie: b=c"])
      let answered = try await answer
      #expect(answered.status == 502)
      #expect(answered.text.contains("malformed-answer"))
      #expect(answered.field("set-cookie") == nil)
    }
  }

  @Test func `a body over the limit is 413, one of exactly the limit passes`() async throws {
    try await withSwitchboard {
      $0.maxBody = 10
    } _: { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let serving: Void = phone.answerAll("taken")
      let exact = ByteBuffer(string: "0123456789")
      #expect(try await call(switchboard.port, "/call/p/", method: "POST", body: exact).text == "taken")
      let over = ByteBuffer(string: "0123456789a")
      let known = try await call(switchboard.port, "/call/p/", method: "POST", body: over)
      #expect(known.status == 413)
      #expect(known.text.contains("body-too-large"))
      let connection = try await RawClient.connect(port: switchboard.port)
      try await connection.write(
        "POST /call/p/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n")
      #expect(try await connection.read(until: "\r\n").contains(" 413 "))
      await connection.close()
      let asking = try await RawClient.connect(port: switchboard.port)
      try await asking.write(
        "POST /call/p/ HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await asking.read(until: "\r\n").contains(" 413 "))
      await asking.close()
      await phone.socket.close(code: 1000, reason: "")
      await serving
    }
  }

  @Test func `a body that does not come whole in time is 408`() async throws {
    let clock = TestClock()
    try await withSwitchboard(clock: clock) {
      $0.bodyTimeout = .seconds(7)
    } _: { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/", ["Content-Length: 9"], "half")
      await clock.expire(.seconds(7))
      #expect(try await client.head().first == "HTTP/1.1 408 Request Timeout")
      await client.close()
      await phone.socket.close(code: 1000, reason: "")
    }
  }

  @Test func `bodies that are too much together are 503, until one of them has gone`() async throws {
    try await withSwitchboard {
      $0.maxHeldBodies = 10
    } _: { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let first = call(switchboard.port, "/call/p/", method: "POST", body: ByteBuffer(string: "01234567"))
      // Held from here on, until it is answered.
      let held = try await phone.request()
      let refused = try await call(switchboard.port, "/call/p/", method: "POST", body: ByteBuffer(string: "012"))
      #expect(refused.status == 503)
      #expect(refused.text.contains("too-many-bodies"))
      #expect(refused.field("retry-after") == "1")
      async let bodiless = call(switchboard.port, "/call/p/")
      try await phone.answer(try await phone.request(), body: "taken")
      #expect(try await bodiless.text == "taken")
      try await phone.answer(held, body: "taken")
      #expect(try await first.text == "taken")
      async let serving: Void = phone.answerAll("taken")
      let ten = ByteBuffer(string: "0123456789")
      var whole = try await call(switchboard.port, "/call/p/", method: "POST", body: ten)
      // Given back when the answer has been written.
      while whole.status == 503 { whole = try await call(switchboard.port, "/call/p/", method: "POST", body: ten) }
      #expect(whole.text == "taken")
      await phone.socket.close(code: 1000, reason: "")
      await serving
    }
  }

  @Test func `a line of text only refuses other bodies aloud`() async throws {
    try await withSwitchboard {
      $0.grantsBase64 = false
    } _: { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      let refused = try await call(
        switchboard.port, "/call/p/", method: "POST", body: ByteBuffer(bytes: [0x61, 0xFF]))
      #expect(refused.status == 502)
      #expect(refused.text.contains("request-not-utf8"))
      async let answer = call(switchboard.port, "/call/p/", method: "POST", body: ByteBuffer(string: "é\0"))
      let request = try await phone.request()
      #expect(request["body"] == "é\0")
      #expect(request["body_encoding"] == nil)
      try await phone.answer(request, body: "ö")
      #expect(try await answer.text == "ö")
    }
  }

  @Test(arguments: ["/", "/call", "/call/", "/call//x", "/calls/p/", "/telephone", "/call/%zz/x"])
  func `another path is 404`(_ target: String) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      let answer = try await call(switchboard.port, target)
      #expect(answer.status == 404)
      #expect(answer.text.contains("not-found"))
      await phone.socket.close(code: 1000, reason: "")
    }
  }

  @Test func `a method that no RFC names is carried`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await Phone.joined(switchboard.port)
      async let answer = call(switchboard.port, "/call/p", method: "REPORT")
      let request = try await phone.request()
      #expect(request["method"] == "REPORT")
      #expect(request["path"] == "/")
      try await phone.answer(request, body: "done")
      #expect(try await answer.text == "done")
    }
  }
}
