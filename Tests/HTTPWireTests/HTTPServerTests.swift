import HTTPTypes
import HTTPWire
import NIOCore
import NIOPosix
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTPServerTests {
  /// Answers with what it read: the line, the body's size and the trailers.
  static let echo = Handler(request: { request, response in
    let body = try await request.body.collect(upTo: 1 << 20) ?? ByteBuffer()
    let trailers = request.body.trailers?.map { "\($0.name.rawName)=\($0.value)" } ?? []
    let head = request.head
    let text =
      "\(head.method.rawValue) \(head.target) \(head.authority) \(String(buffer: body)) \(trailers.joined())"
    try await response.respond(status: 200, fields: [.contentType: "text/plain"], body: ByteBuffer(string: text))
  })

  @Test func `a request is answered and the connection goes on`() async throws {
    try await withServer(Self.echo) { server in
      let client = try await RawClient.connect(port: server.port)
      for number in 1...3 {
        try await client.write("GET /\(number)?a=%20b HTTP/1.1\r\nHost: example.org\r\n\r\n")
        let head = try await client.read(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(!head.lowercased().contains("connection: close"))
        #expect(try await client.read(until: "example.org  ") == "GET /\(number)?a=%20b example.org  ")
      }
      await client.close()
    }
  }

  @Test func `two requests in one packet are answered in turn`() async throws {
    let one = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
    let two = "GET /2 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"
    let answer = try await talk(Self.echo, one + two)
    let first = try #require(answer.firstRange(of: "POST /1 a one"))
    let second = try #require(answer.firstRange(of: "GET /2 b"))
    #expect(first.upperBound < second.lowerBound)
  }

  @Test func `a body that the handler left is not taken for the next request`() async throws {
    let lazy = Handler(request: { request, response in
      try await response.respond(status: 200, body: ByteBuffer(string: "saw \(request.head.target)."))
    })
    let answer = try await talk(
      lazy,
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 24\r\n\r\nGET /evil HTTP/1.1\r\n\r\n\r\n"
        + "GET /2 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")
    #expect(answer.contains("saw /1."))
    #expect(answer.contains("saw /2."))
    #expect(!answer.contains("evil"))
  }

  @Test func `a chunked body comes with its trailers`() async throws {
    let answer = try await talk(
      Self.echo,
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        + "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nChecksum: 7\r\n\r\n")
    #expect(answer.hasSuffix("POST /c a abcdefg Checksum=7"))
  }

  @Test func `HEAD, 204 and 304 have no content whatever the handler writes`() async throws {
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
      let handler = Handler(request: { _, response in
        try await response.head(status: status, fields: [:])
        try await response.write(ByteBuffer(string: "content"))
        try await response.end(trailers: [.accept: "x"])
      })
      let answer = try await talk(handler, "\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(answer.hasSuffix("\r\n\r\n"))
      #expect(!answer.lowercased().contains("transfer-encoding"))
    }
  }

  @Test func `HEAD tells the length that GET would have`() async throws {
    let handler = Handler(request: { _, response in
      try await response.respond(status: 200, body: ByteBuffer(string: "12345"))
    })
    let answer = try await talk(handler, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(answer.lowercased().contains("content-length: 5\r\n"))
    #expect(answer.hasSuffix("\r\n\r\n"))
  }

  @Test func `an answer without a length is chunked, with its trailers and interim answers`() async throws {
    let handler = Handler(request: { _, response in
      try await response.interim(status: 103, fields: [.named("Link"): "</a>"])
      try await response.head(status: 200, fields: [.named("X-A"): "1"])
      try await response.write(ByteBuffer(string: "hello"))
      try await response.end(trailers: [.named("X-T"): "2"])
    })
    let answer = try await talk(handler, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(
      answer
        == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nX-A: 1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        + "5\r\nhello\r\n0\r\nX-T: 2\r\n\r\n")
  }

  @Test func `a client of HTTP 1.0 gets neither chunks nor interim answers`() async throws {
    let handler = Handler(request: { _, response in
      try await response.interim(status: 103)
      try await response.head(status: 200, fields: [:])
      try await response.write(ByteBuffer(string: "hello"))
      try await response.end()
    })
    let answer = try await talk(handler, "GET / HTTP/1.0\r\n\r\n")
    #expect(answer == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello")
  }

  @Test func `100 is sent when the body is first pulled`() async throws {
    try await withServer(Self.echo) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.write("ok")
      #expect(try await client.read(until: "PUT / a ok").hasPrefix("HTTP/1.1 200"))
      await client.close()
    }
  }

  @Test func `a refusal without a pull sends no 100 and ends the connection`() async throws {
    let handler = Handler(request: { _, response in try await response.respond(status: 413) })
    let answer = try await talk(
      handler, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(answer.contains("connection: close"))
  }

  @Test func `a client that sends its body without waiting for 100 keeps its connection`() async throws {
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
    let answer = try await talk(
      Self.echo,
      head + "Content-Length: 2\r\n\r\nab" + head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(!answer.contains("100 Continue"))
    #expect(answer.contains("PUT / a ab ") && answer.contains("PUT / a  ") && answer.contains("GET /last a"))
  }

  @Test func `the rest of a body is not waited for when the connection ends anyway`() async throws {
    let lazy = Handler(request: { _, response in try await response.respond(status: 200) })
    try await withServer(lazy, clock: TestClock()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf")
      #expect(await client.readAllText().hasPrefix("HTTP/1.1 200 OK\r\n"))
      await client.close()
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{1}b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ("nonsense\r\n\r\n", 400),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("GET /\(String(repeating: "x", count: 70_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n", 431),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", 400),
    (
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", 400
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\r\n", 426),
  ])
  func `a malformed request is refused and the connection closed`(request: String, status: Int) async throws {
    let answer = try await talk(Self.echo, request)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    #expect(answer.contains("connection: close"))
  }

  @Test func `a head over the limit is answered 431`() async throws {
    try await withServer(
      Self.echo, configure: { $0.maxHeadSize = 1024 },
      run: { server in
        let client = try await RawClient.connect(port: server.port)
        try await client.write("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 2000))\r\n\r\n")
        #expect(await client.readAllText().hasPrefix("HTTP/1.1 431 "))
      })
  }

  @Test func `an error before the head is a plain 500, and one after it a broken answer`() async throws {
    struct Broken: Error {}
    let early = try await talk(
      Handler(request: { _, _ in throw Broken() }), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(early.hasPrefix("HTTP/1.1 500 "))
    let silent = try await talk(
      Handler(request: { _, _ in }), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(silent.hasPrefix("HTTP/1.1 500 "))
    let late = Handler(request: { _, response in
      try await response.head(status: 200, fields: [:])
      try await response.write(ByteBuffer(string: "half"))
      throw Broken()
    })
    let answer = try await talk(late, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(answer.hasSuffix("4\r\nhalf\r\n"))
  }

  @Test func `content that disagrees with its length cuts the connection`() async throws {
    for content in ["1234", "123456"] {
      let handler = Handler(request: { _, response in
        try await response.head(status: 200, fields: [.contentLength: "5"])
        try await response.write(ByteBuffer(string: content))
        try await response.end()
      })
      let answer = try await talk(handler, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(!answer.hasSuffix("12345"))
      #expect(!answer.contains("500"))
    }
  }

  @Test func `a client that reads nothing stops the handler, and the write deadline ends it`() async throws {
    let clock = TestClock()
    let failed = Signal<ResponseError?>()
    let handler = Handler(request: { _, response in
      do {
        try await response.head(status: 200, fields: [:])
        while true { try await response.write(ByteBuffer(repeating: 0, count: 1 << 20)) }
      } catch {
        failed.send(error as? ResponseError)
        throw error
      }
    })
    try await withServer(
      handler, clock: clock, configure: { $0.writeTimeout = .seconds(7) },
      run: { server in
        let client = try await RawClient.connect(port: server.port)
        try await client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await clock.untilSomebodySleeps(for: .seconds(7))
        #expect(await failed.wait(advancing: clock, by: .seconds(1)) == ResponseError(.timedOut))
        await client.close()
      })
  }

  @Test func `a client that takes a little in each write deadline gets all`() async throws {
    let clock = TestClock()
    let size = 8 << 20
    let handler = Handler(request: { _, response in
      try await response.respond(status: 200, body: ByteBuffer(repeating: 7, count: size))
    })
    try await withServer(
      handler, clock: clock, configure: { $0.writeTimeout = .seconds(7) },
      run: { server in
        let client = try await RawClient.connect(port: server.port, buffer: 4096)
        try await client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await client.read(until: "\r\n\r\n")
        // Each part is more than what the system can hold, so the server must have written on. Two steps of the clock are
        // more than the deadline, one is less: between two looks there always is a whole part.
        let part = 1 << 20
        for _ in 1..<(size / part) {
          _ = try await client.read(part)
          clock.advance(by: .seconds(4))
        }
        #expect(try await client.read(part) == ByteBuffer(repeating: 7, count: part))
        await client.close()
      })
  }

  @Test func `an idle connection is closed, and a body that stops is answered 408`() async throws {
    let clock = TestClock()
    try await withServer(
      Self.echo, clock: clock, configure: { $0.idleTimeout = .seconds(9) },
      run: { server in
        let idle = try await RawClient.connect(port: server.port)
        await clock.expire(.seconds(9))
        #expect(await idle.readAllText() == "")
        let slow = try await RawClient.connect(port: server.port)
        await clock.untilSomebodySleeps(for: .seconds(9))
        try await slow.write("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        _ = try await slow.read(until: "\r\n\r\n")
        await clock.expire(.seconds(9))
        #expect(try await slow.read(until: "\r\n").hasPrefix("HTTP/1.1 408 "))
        await slow.close()
      })
  }

  @Test func `a body is read from the socket only as it is pulled`() async throws {
    let pull = Signal<Void>()
    let total = Signal<Int>()
    let handler = Handler(request: { request, response in
      await pull.wait()
      var count = 0
      while let part = try await request.body.next() { count += part.readableBytes }
      total.send(count)
      try await response.respond(status: 200)
    })
    try await withServer(handler) { server in
      let size = 32 << 20
      let client = try await RawClient.connect(port: server.port)
      try await client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
      let upload = Task { try await client.write(ByteBuffer(repeating: 1, count: size)) }
      pull.send(())
      #expect(await total.wait() == size)
      try await upload.value
      await client.close()
    }
  }

  @Test func `the handler sees the request as it came`() async throws {
    let seen = Signal<ServerRequestHead>()
    let handler = Handler(request: { request, response in
      #expect(!request.hasContent)
      seen.send(request.head)
      try await response.respond(status: 200)
    })
    _ = try await talk(
      handler,
      "bREW! /a?%zz HTTP/1.1\r\nX-B: 1\r\nHost: b:1\r\nx-b:  2 \r\nConnection: close\r\nUpgrade: h2c\r\n\r\n")
    let head = try #require(await seen.wait())
    #expect(
      head
        == ServerRequestHead(
          method: try #require(HTTPRequest.Method("bREW!")), target: "/a?%zz", authority: "b:1",
          fields: [.named("X-B"): "1", .named("x-b"): "2", .connection: "close", .upgrade: "h2c"],
          remoteAddress: "127.0.0.1"))
  }

  @Test func `a connection of HTTP 1.0 goes on when both sides want it`() async throws {
    let answer = try await talk(
      Self.echo, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n")
    #expect(answer.contains("connection: keep-alive\r\n\r\nGET /1"))
    #expect(answer.contains("connection: close\r\n\r\nGET /2"))
  }

  @Test func `a handler on another thread may read and write, too`() async throws {
    let handler = Handler(request: { request, response in
      try await Task.detached {
        let body = try await request.body.collect(upTo: 1 << 20)
        try await response.head(status: 200, fields: [:])
        try await response.write(try #require(body))
        try await response.write(ByteBuffer(repeating: 0x2E, count: 300_000))
        try await response.end()
      }.value
    })
    let answer = try await talk(
      handler, "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello")
    #expect(answer.hasSuffix("\r\n\r\nhello" + String(repeating: ".", count: 300_000)))
  }

  @Test func `the handler runs on the thread of its connection`() async throws {
    let handler = Handler(request: { request, response in
      let onLoop = MultiThreadedEventLoopGroup.currentEventLoop != nil
      _ = try await request.body.next()
      try await response.respond(
        status: 200, body: ByteBuffer(string: "\(onLoop && MultiThreadedEventLoopGroup.currentEventLoop != nil)"))
    })
    let answer = try await talk(handler, "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello")
    #expect(answer.hasSuffix("true"))
  }

  @Test func `content of the last call ends with it`() async throws {
    let handler = Handler(request: { _, response in
      try await response.head(status: 200, fields: [:], part: ByteBuffer(string: "a"))
      try await response.end(part: ByteBuffer(string: "b"), trailers: [.named("T"): "1"])
    })
    let answer = try await talk(handler, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(answer.hasSuffix("\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\nT: 1\r\n\r\n"))
  }

  @Test func `shutdown closes connections and waits for the handlers`() async throws {
    let started = Signal<Bool>()
    let handler = Handler(request: { _, _ in
      started.send(true)
      try await TestClock().sleep(for: .seconds(1))
    })
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: handler)
    let client = try await RawClient.connect(port: server.port)
    try await client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = await started.wait()
    await server.shutdown()
    #expect(await client.readAllText() == "")
    await #expect(throws: (any Error).self) { try await RawClient.connect(port: server.port) }
  }

  @Test func `an interim answer has no framing fields`() async throws {
    let handler = Handler(request: { _, response in
      try await response.interim(
        status: 103, fields: [.contentLength: "5", .transferEncoding: "chunked", .named("Link"): "<a>"])
      try await response.respond(status: 204)
    })
    let answer = try await talk(handler, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 204 "))
  }

  @Test func `the authority of a target stands for a Host that is not there`() async throws {
    for (request, authority) in [
      ("GET http://b:81/x HTTP/1.0\r\n\r\n", "b:81"), ("GET /x HTTP/1.0\r\n\r\n", ""),
      ("GET http://b/x HTTP/1.0\r\nHost: b\r\n\r\n", "b"),
    ] {
      let handler = Handler(request: { request, response in
        try await response.respond(status: 200, body: ByteBuffer(string: "[\(request.head.authority)]"))
      })
      #expect(try await talk(handler, request).hasSuffix("[\(authority)]"))
    }
  }

  @Test func `a connection past the maximum is closed, and one that ends makes room`() async throws {
    try await withServer(Self.echo) {
      $0.maxConnections = 1
    } run: { server in
      let first = try await RawClient.connect(port: server.port)
      try await first.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await first.read(until: "GET /1 a")
      // It may end while it is still being made.
      let second = try? await RawClient.connect(port: server.port)
      #expect(await second?.readAllText() ?? "" == "")
      await first.close()
      var answer = ""
      while answer.isEmpty {
        guard let third = try? await RawClient.connect(port: server.port) else { continue }
        try? await third.write("GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = await third.readAllText()
        await third.close()
      }
      #expect(answer.contains("GET /3 a"))
    }
  }

  /// A connection that is closed with octets unread is reset, and its last answer lost.
  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  ])
  func `after a last answer what still comes is read away for a while`(request: String) async throws {
    let clock = TestClock()
    try await withServer(Self.echo, clock: clock) { server in
      let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .connect(host: "127.0.0.1", port: server.port).get()
      try await client.writeAndFlush(ByteBuffer(string: request))
      await clock.untilSomebodySleeps(for: .seconds(2))
      // More than the system holds for a peer that does not read.
      try await client.writeAndFlush(ByteBuffer(repeating: 0, count: 32 << 20))
      try await client.close()
    }
  }
}
