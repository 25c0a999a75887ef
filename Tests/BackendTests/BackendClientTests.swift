import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

@Suite(.timeLimit(.minutes(1)))
struct BackendClientTests {
  @Test func `a request and its answer, octet for octet`() async throws {
    let seen = Mutex<[String]>([])
    try await withBackend { connection in
      let head = try await connection.readHead()
      seen.withLock { $0 = head }
      try await connection.write(
        "HTTP/1.1 203 Fine\r\nSet-Cookie: a=1\r\nX-b: \u{e9}\r\nset-cookie: b=2\r\nContent-Length: 5\r\n"
          + "Connection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r\n\r\nhello")
    } _: { client, origin in
      var request = BackendRequest(origin: origin, target: #"/a//b|c"^/%2f?q=<{x}>&[]=%zz\"#)
      request.fields = [.accept: "*/*"]
      request.fields.append(HTTPField(name: .init("x-One")!, value: "1"))
      request.fields.append(HTTPField(name: .init("X-one")!, value: "2 \u{e9}"))
      let response = try await client.respond(to: request)
      #expect(response.status.code == 203)
      #expect(
        response.fields.map { "\($0.name.rawName): \($0.value)" } == [
          "Set-Cookie: a=1", "X-b: \u{e9}", "set-cookie: b=2", "Content-Length: 5",
        ])
      #expect(response.body.length == 5)
      #expect(try await response.body.text == "hello")
      #expect(
        seen.withLock { $0 } == [
          #"GET /a//b|c"^/%2f?q=<{x}>&[]=%zz\ HTTP/1.1"#, "Host: \(origin.authority)", "Accept: */*", "x-One: 1",
          "X-one: 2 \u{e9}",
        ])
    }
  }

  @Test(arguments: ["GET", "PURGE", "M-SEARCH", "propfind", "x!#$%&'*+-.^_`|~1"])
  func `every method token goes as it is`(method: String) async throws {
    try await withBackend { connection in
      let line = try await connection.readHead()[0]
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(line.utf8.count)\r\n\r\n\(line)")
    } _: { client, origin in
      let request = BackendRequest(origin: origin, method: try #require(.init(method)))
      #expect(try await client.respond(to: request).body.text == "\(method) / HTTP/1.1")
    }
  }

  @Test func `the asterisk goes as target`() async throws {
    try await withBackend { connection in
      let line = try await connection.readHead()[0]
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(line.utf8.count)\r\n\r\n\(line)")
    } _: { client, origin in
      let request = BackendRequest(origin: origin, method: .options, target: "*")
      let text = try await client.respond(to: request).body.text
      #expect(text == "OPTIONS * HTTP/1.1")
    }
  }

  @Test func `a body whose length is known has a Content-Length, another is chunked, none has neither`() async throws {
    try await withBackend { connection in
      while true {
        let head = try await connection.readHead().map { $0.lowercased() }
        let framing = head.filter { $0.hasPrefix("content-length") || $0.hasPrefix("transfer-encoding") }
          .joined(separator: " ")
        if framing.hasSuffix("chunked") { _ = try await connection.read(until: "0\r\n\r\n") }
        if framing.hasSuffix("4") { _ = try await connection.read(4) }
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(framing.utf8.count)\r\n\r\n\(framing)")
      }
    } _: { client, origin in
      let fed = { () -> FedBody in
        let body = FedBody()
        body.feed("four")
        body.end()
        return body
      }
      for (method, body, framing) in [
        (HTTPRequest.Method.get, Body(), ""), (.delete, Body(), ""), (.post, Body("four"), "content-length: 4"),
        (.get, Body(length: 4, source: fed()), "content-length: 4"),
        (.put, Body(source: fed()), "transfer-encoding: chunked"),
      ] {
        let request = BackendRequest(origin: origin, method: method, body: body)
        let text = try await client.respond(to: request).body.text
        #expect(text == framing)
      }
    }
  }

  @Test func `bodies stream both ways at once`() async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
      for _ in 0..<3 {
        // A chunk comes, and is answered before the next one is sent.
        let chunk = try await connection.read(until: "\r\n") + (connection.read(until: "\r\n"))
        try await connection.write(chunk)
      }
      _ = try await connection.read(until: "0\r\n\r\n")
      try await connection.write("0\r\nX-Sum: 3\r\n\r\n")
    } _: { client, origin in
      let upload = FedBody()
      let response = try await client.respond(
        to: BackendRequest(origin: origin, method: .post, body: Body(source: upload)))
      for word in ["one", "two", "three"] {
        upload.feed(word)
        #expect(String(buffer: try await response.body.next() ?? ByteBuffer()) == word)
      }
      upload.end()
      #expect(try await response.body.next() == nil)
      #expect(response.body.trailers?[HTTPField.Name("X-Sum")!] == "3")
    }
  }

  @Test func `connections are kept, also after answers without content`() async throws {
    let connections = Atomic(0)
    try await withBackend { connection in
      connections.add(1, ordering: .relaxed)
      while true {
        let line = try await connection.readHead()[0]
        try await connection.write(
          line.hasPrefix("HEAD")
            ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
            : line.contains("/204") ? "HTTP/1.1 204 No\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      }
    } _: { client, origin in
      let head = try await client.respond(to: BackendRequest(origin: origin, method: .head))
      #expect(head.fields[.contentLength] == "99")
      #expect(try await head.body.text == "")
      let none = try await client.respond(to: BackendRequest(origin: origin, target: "/204"))
      #expect(none.status == .noContent)
      for _ in 0..<3 { #expect(try await client.respond(to: BackendRequest(origin: origin)).body.text == "ok") }
      #expect(connections.load(ordering: .relaxed) == 1)
    }
  }

  @Test func `redirects are relayed and nothing is decoded`() async throws {
    let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 4, 0, 0x43, 0xBE, 0xB7, 0xE8, 1, 0, 0, 0]
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write(
        "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n"
      )
      try await connection.write(gzip)
    } _: { client, origin in
      let response = try await client.respond(to: BackendRequest(origin: origin))
      #expect(response.status == .found)
      #expect(response.fields[.location] == "http://elsewhere/")
      #expect(response.fields[.contentEncoding] == "gzip")
      #expect(Array(buffer: try await response.body.collect(upTo: 100)) == gzip)
    }
  }

  @Test func `64 exchanges at once are not mixed up`() async throws {
    try await withBackend { connection in
      while true {
        let target = try await connection.readHead()[0].split(separator: " ")[1]
        let length = target.utf8.count
        try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try await connection.write("\(String(length, radix: 16))\r\n\(target)\r\n0\r\n\r\n")
      }
    } _: { client, origin in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<64 {
          group.addTask {
            let target = "/\(number)?" + String(repeating: "\(number)", count: number)
            return try await client.respond(to: BackendRequest(origin: origin, target: target)).body.text == target
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }
}
