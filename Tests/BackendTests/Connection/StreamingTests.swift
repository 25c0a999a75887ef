import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// Bodies on their way, and who waits for whom.
@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
  /// Far more than what sockets hold, and far less than what an unbounded buffer would take in the same time.
  private static let bound = 24 << 20

  /// Answers `/small`, and leaves the rest to `large`.
  private func backend(
    _ large: @escaping @Sendable (RawConnection) async throws -> Void
  ) -> @Sendable (RawConnection) async throws -> Void {
    { connection in
      while true {
        guard try await connection.readHead()[0].contains("/small") else { return try await large(connection) }
        try await connection.write(Self.ok)
      }
    }
  }

  @Test func `a reader that stops stops the backend`() async throws {
    let written = Mutex(0)
    let chunk = ByteBuffer(repeating: 0x61, count: 256 << 10)
    try await withBackend(
      backend { connection in
        try await connection.write("HTTP/1.1 200 OK\r\n\r\n")
        while true {
          try await connection.write(chunk)
          written.withLock { $0 += chunk.readableBytes }
        }
      }
    ) { client, origin in
      let answer = try await client.respond(to: BackendRequest(origin: origin))
      #expect(try await answer.body.next() != nil)
      let stuck = try await untilStill({ written.withLock { $0 } }, limit: 4 * Self.bound, client, origin)
      #expect(stuck < Self.bound)
      // It goes on as soon as somebody reads.
      var read = 0
      while read < 2 * Self.bound { read += try await answer.body.next()?.readableBytes ?? 0 }
      #expect(written.withLock { $0 } > stuck)
      await answer.body.close()
    }
  }

  @Test func `a slow backend stops the upload`() async throws {
    let go = Signal()
    try await withBackend(
      backend { connection in
        await go.wait()
        while await connection.readSome() != nil {}
      }
    ) { client, origin in
      let body = CountedBody(ByteBuffer(repeating: 0x61, count: 64 << 10))
      let upload = Task {
        try await client.respond(to: BackendRequest(origin: origin, method: .post, body: Body(source: body)))
      }
      let stuck = try await untilStill({ body.octets }, limit: 4 * Self.bound, client, origin)
      #expect(stuck < Self.bound && stuck > 0)
      go.fire()
      while body.octets < 2 * Self.bound {
        #expect(try await client.respond(to: BackendRequest(origin: origin, target: "/small")).body.text == "ok")
      }
      upload.cancel()
      await #expect(throws: CancellationError.self) { try await upload.value }
    }
  }

  @Test func `large bodies go both ways as they are`() async throws {
    try await withBackend { connection in
      let head = try await connection.readHead()
      #expect(head.contains("Content-Length: \(20 << 20)"))
      let body = try await connection.read(20 << 20)
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      try await connection.write("\(String(body.readableBytes, radix: 16))\r\n")
      try await connection.write(body)
      try await connection.write("\r\n0\r\n\r\n")
    } _: { client, origin in
      let part = ByteBuffer(bytes: (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      let body = CountedBody(part, times: 20)
      let answer = try await client.respond(
        to: BackendRequest(origin: origin, method: .put, body: Body(length: 20 << 20, source: body)))
      let whole = try await answer.body.collect(upTo: 30 << 20)
      #expect(whole == ByteBuffer(repeating: 0, count: 0).joined(part, times: 20))
    }
  }

  @Test func `trailers go out, and make the body chunked`() async throws {
    let sum = HTTPField.Name("X-Sum")!
    for isInMemory in [true, false] {
      try await withBackend { connection in
        let head = try await connection.readHead()
        #expect(head.contains("Transfer-Encoding: chunked"))
        #expect(try await connection.read(until: "0\r\nX-Sum: 7\r\n\r\n").hasPrefix("4\r\nfour\r\n"))
        try await connection.write(Self.ok)
      } _: { client, origin in
        let trailers: HTTPFields = [
          sum: "7", .connection: "x", .authorization: "x", HTTPField.Name("Forwarded")!: "for=x", .xForwardedFor: "x",
          .ifMatch: "x",
          .contentType: "x", .cookie: "x", .via: "x",
        ]
        let body =
          isInMemory
          ? Body(ByteBuffer(string: "four"), trailers: trailers)
          : Body(source: CountedBody(ByteBuffer(string: "four"), times: 1, trailers: trailers))
        let answer = try await client.respond(to: BackendRequest(origin: origin, method: .post, body: body))
        #expect(try await answer.body.text == "ok")
      }
    }
  }

  @Test func `an early answer comes at once, and the upload goes on; then the connection is used again`() async throws {
    let connections = Counter()
    try await withBackend { connection in
      connections.next()
      _ = try await connection.readHead()
      try await connection.write(Self.ok)
      #expect(try await connection.read(until: "0\r\n\r\n") == "5\r\nafter\r\n0\r\n\r\n")
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    } _: { client, origin in
      let upload = FedBody()
      let answer = try await client.respond(
        to: BackendRequest(origin: origin, method: .post, body: Body(source: upload)))
      #expect(try await answer.body.text == "ok")
      upload.feed("after")
      upload.end()
      // Its connection is free when its upload has ended: until then another one would be made.
      var isSame = false
      while !isSame {
        guard connections.count == 1 else { break }
        isSame = try await client.respond(to: BackendRequest(origin: origin)).body.text == "next"
      }
    }
  }

  @Test func `an early answer on a connection that ends is whole, and the upload is cut`() async throws {
    let ended = Signal()
    try await withBackend { connection in
      _ = try await connection.read(until: "some")
      try await connection.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
      await connection.close()
      ended.fire()
    } _: { client, origin in
      let upload = FedBody()
      upload.feed("some")
      let body = Body(source: upload)
      let answer = try await client.respond(to: BackendRequest(origin: origin, method: .post, body: body))
      #expect(answer.status == .contentTooLarge)
      #expect(try await answer.body.text == "big")
      await ended.wait()
      await body.close()
    }
  }

  @Test func `a backend that has ended its own half still takes the upload`() async throws {
    let got = Mutex("")
    let done = Signal()
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\n\r\nall there is")
      await connection.closeOutput()
      let text = try await connection.read(until: "0\r\n\r\n")
      got.withLock { $0 = text }
      await connection.waitForEnd()
      done.fire()
    } _: { client, origin in
      let upload = FedBody()
      let answer = try await client.respond(
        to: BackendRequest(origin: origin, method: .post, body: Body(source: upload)))
      #expect(try await answer.body.text == "all there is")
      upload.feed("late")
      upload.end()
      await done.wait()
      #expect(got.withLock { $0 } == "4\r\nlate\r\n0\r\n\r\n")
    }
  }

  @Test func `half an answer and half a connection is a cut`() async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
      await connection.closeOutput()
      await connection.waitForEnd()
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-cut-off")
    }
  }

  @Test func `an event stream lives on as long as there are events`() async throws {
    let clock = ManualClock()
    let (stream, more) = AsyncStream<Void>.makeStream()
    try await withBackend(limits: BackendLimits(firstByte: .seconds(10), idle: .seconds(60)), clock: clock) {
      connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      for await _ in stream { try await connection.write("data: x\n\n") }
    } _: { client, origin in
      let answer = try await client.respond(to: BackendRequest(origin: origin))
      for _ in 0..<20 {
        async let event = answer.body.next()
        clock.advance(by: .seconds(59))
        more.yield()
        #expect(try await event == ByteBuffer(string: "data: x\n\n"))
      }
      let read = Task { try await answer.body.next() }
      await #expect { try await advance(clock, by: .seconds(20), until: read) } throws: { error in
        (error as? Failure)?.code == "backend-idle-timeout"
      }
    }
  }
}

extension ByteBuffer {
  fileprivate func joined(_ part: ByteBuffer, times: Int) -> ByteBuffer {
    var all = self
    for _ in 0..<times { all.writeImmutableBuffer(part) }
    return all
  }
}
