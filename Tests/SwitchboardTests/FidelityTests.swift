import Foundation
import HTTPTypes
import NIOCore
import Switchboard
import Synchronization
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing
import Tunnel

/// What a client sends is what the pipeline sees, and what the backend answers is what the client gets.
@Suite(.timeLimit(.minutes(2))) struct FidelityTests {
  @Test func `a request arrives as it was sent`() async throws {
    let seen = Mutex<Request?>(nil)
    try await withSwitchboard { switchboard in
      let keep: @Sendable (Request) async throws -> Response = { request in
        seen.withLock { $0 = request }
        return Response(text: "ok")
      }
      try await withAgent(switchboard.port, keep) {
        try await switchboard.untilJoined()
        let connection = try await RawClient.connect(port: switchboard.port)
        let octets: [UInt8] =
          Array("M!#$%&'*+-.^_`|~9 /call/p//a/../%2F%zz;x?q=\"<>&a?b HTTP/1.1\r\nHost: Example.ORG:81\r\n".utf8)
          + Array("X-Odd: b".utf8) + [0xE9, 0xFF, 0x80]
          + Array("\r\nx-odd: a, b\r\nX-ODD:\r\nCookie: a=1\r\nCookie: b=2\r\nX-Hop: 1\r\n".utf8)
          + Array("Connection: close, x-hop\r\nTE: trailers\r\nProxy-Authorization: x\r\n\r\n".utf8)
        try await connection.write(octets)
        #expect(await connection.readAllText().hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
    }
    let request = try #require(seen.withLock { $0 })
    #expect(request.method.rawValue == "M!#$%&'*+-.^_`|~9")
    #expect(request.target == "//a/../%2F%zz;x?q=\"<>&a?b")
    #expect(request.authority == "Example.ORG:81")
    #expect(request.scheme == "http")
    #expect(request.clientAddress == "127.0.0.1")
    // The last one is the agent's own: the request belongs to no trace.
    #expect(
      request.fields.map(\.name.rawName) == ["X-Odd", "x-odd", "X-ODD", "Cookie", "Cookie", "traceparent"])
    let values = request.fields.dropLast().map { field in field.withUnsafeBytesOfValue { Array($0) } }
    #expect(values == [[0x62, 0xE9, 0xFF, 0x80], Array("a, b".utf8), [], Array("a=1".utf8), Array("b=2".utf8)])
    #expect(request.body.length ?? 0 == 0)
  }

  @Test func `an answer arrives as it was given`() async throws {
    try await withSwitchboard { switchboard in
      let odd = try #require(HTTPField.Name("X-oDD"))
      let answer: @Sendable (Request) async throws -> Response = { _ in
        var fields = HTTPFields()
        fields.append(HTTPField(name: odd, value: [0x61, 0xE9, 0xFF] as [UInt8]))
        fields.append(HTTPField(name: .setCookie, value: "a=1"))
        fields.append(HTTPField(name: .setCookie, value: "b=2"))
        fields.append(HTTPField(name: odd, value: ""))
        fields.append(HTTPField(name: .contentEncoding, value: "gzip"))
        fields.append(HTTPField(name: .contentLength, value: "3"))
        return Response(status: .init(code: 299), fields: fields, body: Body(ByteBuffer(bytes: [0, 0xFF, 0x0A])))
      }
      try await withAgent(switchboard.port, answer) {
        try await switchboard.untilJoined()
        let connection = try await RawClient.connect(port: switchboard.port)
        try await connection.write("GET /call/p/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let octets = Array(await connection.readAll().readableBytesView)
        let fields =
          Array("X-oDD: a".utf8) + [0xE9, 0xFF]
          + Array("\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-oDD: \r\nContent-Encoding: gzip\r\n".utf8)
          + Array("Content-Length: 3\r\n".utf8)
        #expect(octets.starts(with: Array("HTTP/1.1 299 ".utf8)))
        #expect(octets.firstRange(of: fields) != nil)
        #expect(octets.suffix(3) == [0, 0xFF, 0x0A])
      }
    }
  }

  @Test func `trailers pass both ways`() async throws {
    let echo: @Sendable (Request) async throws -> Response = { request in
      var whole = ByteBuffer()
      while var part = try await request.body.next() { whole.writeBuffer(&part) }
      return Response(body: ScriptedBody(buffers: [whole], then: .end(trailers: request.body.trailers)).body())
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, echo) {
        try await switchboard.untilJoined()
        let client = try await DoorClient.connect(switchboard.port)
        try await client.send(
          "POST /call/p/", ["Transfer-Encoding: chunked", "Connection: close"],
          "3\r\nabc\r\n0\r\nX-Sum: 7\r\nX-Sum: 8\r\n\r\n")
        _ = try await client.head()
        let rest = await client.rest()
        #expect(rest.hasSuffix("0\r\nX-Sum: 7\r\nX-Sum: 8\r\n\r\n"))
        #expect(rest.contains("abc"))
      }
    }
  }

  @Test(arguments: [("HEAD", 200, "1234"), ("GET", 304, "77"), ("HEAD", 304, "0")])
  func `the length of content that is not sent is told`(_ method: String, _ status: Int, _ length: String) async throws
  {
    let answer: @Sendable (Request) async throws -> Response = { _ in
      Response(status: .init(code: status), fields: [.contentLength: length, .eTag: "\"x\""])
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, answer) {
        try await switchboard.untilJoined()
        let answer = try await call(switchboard.port, "/call/p/", method: method)
        #expect(answer.status == status)
        #expect(answer.field("content-length") == length)
        #expect(answer.field("transfer-encoding") == nil)
        #expect(answer.body.readableBytes == 0)
      }
    }
  }

  @Test func `204 and an empty 200 have no content`() async throws {
    let answer: @Sendable (Request) async throws -> Response = { request in
      request.target == "/204" ? Response(status: .noContent) : Response(fields: [.contentLength: "0"])
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, answer) {
        try await switchboard.untilJoined()
        #expect(try await call(switchboard.port, "/call/p/204").fields == ["connection: close"])
        let empty = try await call(switchboard.port, "/call/p/200")
        #expect(empty.field("content-length") == "0")
        #expect(empty.text == "")
      }
    }
  }

  @Test func `conditions and ranges pass`() async throws {
    let answer: @Sendable (Request) async throws -> Response = { request in
      let range = request.fields[.range] ?? "-"
      let match = request.fields[.ifNoneMatch] ?? "-"
      return Response(
        status: .partialContent, fields: [.contentRange: "bytes 0-1/9", .eTag: "\(range) \(match)"], body: Body("ab"))
    }
    try await withSwitchboard { switchboard in
      try await withAgent(switchboard.port, answer) {
        try await switchboard.untilJoined()
        let answer = try await call(
          switchboard.port, "/call/p/", fields: ["Range: bytes=0-1", "If-None-Match: W/\"a\", \"b\""])
        #expect(answer.status == 206)
        #expect(answer.field("content-range") == "bytes 0-1/9")
        #expect(answer.field("etag") == "bytes=0-1 W/\"a\", \"b\"")
      }
    }
  }

  @Test func `an early hint comes before the answer`() async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("GET /call/p/")
      let link = try #require(HTTPField.Name("Link"))
      _ = try await phone.request()
      try await phone.push(.head(1, 103, [link: "</a.css>; rel=preload"], kind: .interimHead))
      #expect(try await client.head() == ["HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload"])
      try await phone.push(.head(1, 102, kind: .interimHead), .head(1, 204, ends: true))
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 102 ") == true)
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 204 ") == true)
      await client.close()
    }
  }

  @Test(arguments: [
    "Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
  ])
  func `two lengths are refused at the door`(_ fields: String) async throws {
    try await withSwitchboard { switchboard in
      let phone = try await FramePhone.joined(switchboard.port)
      let client = try await DoorClient.connect(switchboard.port)
      try await client.send("POST /call/p/evil", [fields], "3\r\nabc\r\n0\r\n\r\n")
      #expect(try await client.head().first?.hasPrefix("HTTP/1.1 400 ") == true)
      _ = await client.rest()
      async let answer = call(switchboard.port, "/call/p/good")
      // The first request that the telephone ever sees is the next one.
      #expect(try await phone.request().head.target == "/good")
      try await phone.push(.head(1, 204, ends: true))
      #expect(try await answer.status == 204)
    }
  }

  @Test(arguments: [1, 2])
  func `one connection carries many requests, pipelined ones in their order`(_ protocolNumber: Int) async throws {
    let tell: @Sendable (Request) async throws -> Response = { request in
      var text = "\(request.method.rawValue) \(request.target) "
      while let part = try await request.body.next() { text += String(buffer: part) }
      return Response(text: text)
    }
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      try await withAgent(switchboard.port, tell) {
        try await switchboard.untilJoined()
        let client = try await DoorClient.connect(switchboard.port)
        let host = "HTTP/1.1\r\nHost: x\r\n"
        try await client.connection.write(
          "GET /call/p/1 \(host)\r\nPOST /call/p/2 \(host)Content-Length: 3\r\n\r\nabcGET /call/p/3 \(host)\r\n"
            + "POST /call/p/4 \(host)Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
            + "GET /call/p/5 \(host)Connection: close\r\n\r\n")
        let answers = await client.rest()
        let bodies = ["GET /1 ", "POST /2 abc", "GET /3 ", "POST /4 de", "GET /5 "]
        var rest = answers[...]
        for body in bodies {
          let found = try #require(rest.range(of: body), "\(body) in \(answers)")
          rest = rest[found.upperBound...]
        }
      }
    }
  }
}
