import HTTPTypes
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport
import Testing

@testable import HTTPWire

/// The client's side of a connection; see also the tests of the backend, which is built on it.
@Suite(.timeLimit(.minutes(1))) struct ClientConnectionTests {
  private static let get = ClientRequest(method: .get, target: "/", authority: "a")

  @Test func `interim answers that nobody takes fill the window`() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let exchange = ClientExchange(Self.get, loop: loop, handler: nil)
    let head = WireResponseHead(status: 103, fields: [.named("Link"): String(repeating: "x", count: 1000)])
    try await loop.submit {
      for _ in 0..<64 { exchange.receive(.interim(head)) }
    }.get()
    #expect(try await loop.submit { exchange.isFull }.get())
    for _ in 0..<64 { _ = try await exchange.next() }
    #expect(try await loop.submit { !exchange.isFull }.get())
  }

  @Test func `a small part behind others keeps no buffer of the socket`() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let exchange = ClientExchange(Self.get, loop: loop, handler: nil)
    var octets = ByteBuffer(repeating: 1, count: 64 << 10)
    let (large, small) = (octets.readSlice(length: 20_000) ?? ByteBuffer(), octets.readSlice(length: 1) ?? ByteBuffer())
    try await loop.submit {
      exchange.receive(.body(large))
      exchange.receive(.body(small))
    }.get()
    for (part, isShared) in [(large, true), (small, false)] {
      guard case .body(let read) = try await exchange.next() else { throw CancellationError() }
      #expect(read == part)
      #expect((read.storageCapacity == part.storageCapacity) == isShared)
    }
  }

  @Test func `who takes a connection that has ended is told so`() async throws {
    try await ChannelPair.with { _, client in
      let handler = try await client.eventLoop.submit {
        let handler = ClientHandler(isSecure: false, clock: ContinuousClock())
        try client.pipeline.syncOperations.addHandler(handler)
        return NIOLoopBound(handler, eventLoop: client.eventLoop)
      }.get()
      try await client.close()
      let outcomes = try await client.eventLoop.submit {
        var outcomes: [Bool] = []
        let owner = ClientHandler.Owner(
          onReady: { result in outcomes.append((try? result.get()) != nil) }, onFree: {}, onClosed: {})
        handler.value.adopt(owner)
        return outcomes
      }.get()
      #expect(outcomes == [false])
    }
  }

  @Test func `a connection whose peer answered early and left content unread is not used again`() async throws {
    let stay = Signal<Void>()
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      await stay.wait()
    } _: { server in
      let fate = Signal<String>()
      let attempt = ConnectAttempt(
        to: .tcp(host: "127.0.0.1", port: server.port), on: MultiThreadedEventLoopGroup.singleton.next(), tls: nil,
        timeout: .seconds(10), clock: ContinuousClock(), onFree: { fate.send("free") },
        onClosed: { fate.send("closed") })
      let content = ByteBuffer(repeating: 0, count: 32 << 20)
      let exchange = try await attempt.connection().start(
        ClientRequest(method: .post, target: "/", authority: "a", content: .whole(content, trailers: nil)))
      _ = try await exchange.next()
      #expect(await fate.wait() == "closed")
    }
  }

  @Test func `a reader that takes a part now and then keeps no more than the window and a read`() async throws {
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\n\r\n")
      while true { try await connection.write(ByteBuffer(repeating: 0x61, count: 256 << 10)) }
    } _: { server in
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let attempt = ConnectAttempt(
        to: .tcp(host: "127.0.0.1", port: server.port), on: loop, tls: nil, timeout: .seconds(10),
        clock: ContinuousClock(), onFree: {}, onClosed: {})
      let exchange = try await attempt.connection().start(Self.get)
      _ = try await exchange.next()
      var most = 0
      for _ in 0..<200 {
        _ = try await exchange.next()
        most = max(most, try await Self.untilReadingRests(exchange))
      }
      // One read is of two buffers of 64 KiB.
      #expect(most <= ClientExchange.window + (128 << 10))
      exchange.giveUp()
    }
  }

  /// Waits until what came to an exchange stays the same for some turns of its loop.
  /// - Returns: the octets that nobody took.
  private static func untilReadingRests(_ exchange: ClientExchange) async throws -> Int {
    var (last, still) = (-1, 0)
    while still < 10 {
      let now = try await exchange.loop.submit { exchange.buffered }.get()
      still = now == last && now > 0 ? still + 1 : 0
      last = now
    }
    return last
  }

  @Test func `an exchange over TLS that is given up ends at once, while the peer only writes`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try NIOSSLContext(configuration: certificates.server())
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { connection in
        _ = try await connection.read(until: "\r\n\r\n")
        try await connection.write("HTTP/1.1 200 OK\r\n\r\n")
        while true { try await connection.write(ByteBuffer(repeating: 0x61, count: 64 << 10)) }
      })
    let trust = try await TLSContexts().context(caFile: certificates.path("ca.pem"))
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let isClosed = Mutex(false)
    let attempt = ConnectAttempt(
      to: .tcp(host: "localhost", port: server.port), on: loop, tls: trust, timeout: .seconds(10),
      clock: ContinuousClock(), onFree: {}, onClosed: { isClosed.withLock { $0 = true } })
    let exchange = try await attempt.connection().start(Self.get)
    _ = try await exchange.next()
    try await loop.submit { exchange.giveUp() }.get()
    // A farewell would be waited for much longer than some turns of the loop.
    for _ in 0..<10 { try await loop.submit {}.get() }
    #expect(isClosed.withLock { $0 })
    await server.stop()
  }

  @Test(arguments: [
    (ClientRequest.Content.none, false), (.whole(ByteBuffer(string: "x"), trailers: nil), true),
    (.streamed(length: nil), true),
  ])
  func `Expect goes out with content only`(content: ClientRequest.Content, isThere: Bool) throws {
    var request = Self.get
    request.fields = [.expect: "100-continue"]
    request.content = content
    var head = ByteBuffer()
    try request.writeHead(into: &head)
    #expect(String(buffer: head).contains("Expect: 100-continue") == isThere)
  }
}
