import NIOCore
import Testing

@testable import HTTPWire

/// What a server's connection keeps of what nobody has read yet.
@Suite(.timeLimit(.minutes(1))) struct ReadAheadTests {
  private static let capacity = 64 << 10
  private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"

  /// Reads octets that came at once, in a buffer of 64 KiB.
  private func read(_ wire: String, limit: Int) async throws -> Inbox<RequestPart> {
    let inbox = Inbox<RequestPart>(limit: limit)
    try await ChannelPair.with { server, _ in
      try await server.eventLoop.submit {
        let pipeline = server.pipeline.syncOperations
        try pipeline.addHandler(RequestReader(inbox: inbox, limits: HeadLimits()))
        var octets = ByteBuffer()
        octets.reserveCapacity(Self.capacity)
        octets.writeString(wire)
        pipeline.fireChannelRead(NIOAny(octets))
      }.get()
    }
    return inbox
  }

  private func nextContent(_ inbox: Inbox<RequestPart>) -> ByteBuffer? {
    guard case .body(let octets)? = inbox.takeIfPresent() else { return nil }
    return octets
  }

  @Test func `small chunks are joined, and keep no buffer of the socket`() async throws {
    let chunks = String(repeating: "1\r\na\r\n", count: 1000)
    let inbox = try await read(
      Self.head + "Transfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n", limit: 1 << 20)
    guard case .head? = inbox.takeIfPresent() else { throw CancellationError() }
    let content = try #require(nextContent(inbox))
    #expect(content == ByteBuffer(repeating: 0x61, count: 1000))
    #expect(content.storageCapacity <= 4096)
    guard case .end? = inbox.takeIfPresent() else { throw CancellationError() }
  }

  @Test func `content that fills a quarter of its buffer is not copied`() async throws {
    let content = String(repeating: "a", count: 20_000)
    let inbox = try await read(Self.head + "Content-Length: 20000\r\n\r\n\(content)", limit: 1 << 20)
    _ = inbox.takeIfPresent()
    #expect(nextContent(inbox)?.storageCapacity == Self.capacity)
  }

  @Test(arguments: [
    head + "X: \(String(repeating: "x", count: 9000))\r\n\r\n",
    head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\n",
    head + "Content-Length: 9000\r\n\r\n\(String(repeating: "x", count: 9000))",
  ])
  func `fields count with all their octets`(wire: String) async throws {
    #expect(try await read(wire, limit: 9000).isFull)
    #expect(try await !read(wire, limit: 10_000).isFull)
  }

  @Test func `after the client's end the rest is decoded as there is room for it, and all of it comes`() async throws {
    let count = 5000
    let inbox = Inbox<RequestPart>(limit: Self.capacity)
    try await ChannelPair.with { server, _ in
      try await server.eventLoop.submit {
        let pipeline = server.pipeline.syncOperations
        try pipeline.addHandler(RequestReader(inbox: inbox, limits: HeadLimits()))
        let one = "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 80))\r\n\r\n"
        pipeline.fireChannelRead(NIOAny(ByteBuffer(string: String(repeating: one, count: count))))
        pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      }.get()
      var heads = 0
      while let part = try await inbox.next() {
        #expect(inbox.octets <= Self.capacity + 1024)
        if case .head = part { heads += 1 }
      }
      #expect(heads == count)
    }
  }
}
