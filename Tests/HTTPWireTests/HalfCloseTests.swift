import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(2))) struct HalfCloseTests {
  @Test func `a client that waits is probed once, where that is possible`() {
    var watch = HalfClose(written: 0)
    #expect(watch.look(.awaited(canProbe: true)) == .probe)
    #expect(watch.look(.awaited(canProbe: false)) == .stop)
    #expect(watch.look(.between) == .lookAgain)
    #expect(watch.look(.upgraded) == .stop)
  }

  @Test func `an answer that is written keeps the client, a silent one does not`() {
    var watch = HalfClose(written: 10)
    #expect(watch.look(.answering(written: 11, isBlocked: false)) == .lookAgain)
    #expect(watch.look(.answering(written: 11, isBlocked: true)) == .lookAgain)
    #expect(watch.look(.answering(written: 12, isBlocked: false)) == .lookAgain)
    #expect(watch.look(.answering(written: 12, isBlocked: false)) == .giveUp)
  }

  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  /// A handler that waits for `go`, and says how it ended.
  private func patient(_ go: Signal<Void>, _ started: Signal<Void>, _ cancelled: Signal<Bool>, streams: Bool = false)
    -> Handler
  {
    Handler(request: { _, response in
      if streams {
        try await response.head(status: 200, fields: [:])
        try await response.write(ByteBuffer(string: "first"))
      }
      started.send(())
      await go.wait()
      cancelled.send(Task.isCancelled)
      if streams {
        try await response.write(ByteBuffer(string: "second"))
        try await response.end()
      } else {
        try await response.respond(status: 200, body: ByteBuffer(string: "done"))
      }
    })
  }

  @Test(arguments: ["1.1", "1.0"]) func `a client that has ended its half gets its answer`(version: String) async throws
  {
    let clock = TestClock()
    let (go, started, cancelled) = (Signal<Void>(), Signal<Void>(), Signal<Bool>())
    try await withServer(patient(go, started, cancelled), clock: clock) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write("GET / HTTP/\(version)\r\nHost: a\r\n\r\n")
      await client.closeOutput()
      await started.wait()
      await clock.expire(HalfClose.interval)
      if version == "1.1" {
        #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      }
      go.send(())
      #expect(await cancelled.wait() == false)
      let answer = await client.readAllText()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("done"))
    }
  }

  @Test func `all pipelined requests of such a client are answered`() async throws {
    try await withServer(HTTPServerTests.echo, clock: TestClock()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write((1...20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
      await client.closeOutput()
      let answer = await client.readAllText()
      for number in 1...20 { #expect(answer.contains("GET /\(number) a")) }
    }
  }

  @Test(arguments: [false, true]) func `a client that is gone cancels the handler`(streams: Bool) async throws {
    let clock = TestClock()
    let (go, started, cancelled) = (Signal<Void>(), Signal<Void>(), Signal<Bool>())
    try await withServer(patient(go, started, cancelled, streams: streams), clock: clock) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(Self.request)
      await started.wait()
      if streams { _ = try await client.read(until: "first") }
      await client.close()
      await clock.expire(HalfClose.interval)
      #expect(await cancelled.wait() == true)
    }
  }

  @Test func `a client that resets the connection cancels the handler at once`() async throws {
    let (go, started, cancelled) = (Signal<Void>(), Signal<Void>(), Signal<Bool>())
    try await withServer(patient(go, started, cancelled), clock: TestClock()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(Self.request)
      await started.wait()
      await client.reset()
      #expect(await cancelled.wait() == true)
    }
  }

  @Test func `a client that leaves in the middle of an endless answer cancels the handler`() async throws {
    let cancelled = Signal<Bool>()
    let handler = Handler(request: { _, response in
      try await response.head(status: 200, fields: [:])
      do {
        while true { try await response.write(ByteBuffer(repeating: 1, count: 64 << 10)) }
      } catch {
        cancelled.send(Task.isCancelled || error is ResponseError)
        throw error
      }
    })
    try await withServer(handler, clock: TestClock()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(Self.request)
      _ = try await client.read(1 << 20)
      await client.close()
      #expect(await cancelled.wait() == true)
    }
  }

  @Test func `a client that ends its half in the middle of a request is gone`() async throws {
    let cancelled = Signal<ServerBodyError?>()
    let handler = Handler(request: { request, _ in
      do {
        while try await request.body.next() != nil {}
      } catch {
        cancelled.send(error as? ServerBodyError)
        throw error
      }
    })
    try await withServer(handler, clock: TestClock()) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
      await client.closeOutput()
      #expect(await client.readAllText() == "")
      let error = await cancelled.wait()
      #expect(error == .some(ServerBodyError(.connectionLost)) || error == .some(nil))
    }
  }
}
