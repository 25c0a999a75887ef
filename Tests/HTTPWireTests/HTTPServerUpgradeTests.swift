import HTTPTypes
import HTTPWire
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTPServerUpgradeTests {
  @Test func `a handshake is told from other requests, and what it is made of is left out`() async throws {
    let seen = Signal<ServerRequestHead>()
    let handler = Handler(
      accepts: { head in
        seen.send(head)
        return false
      },
      request: { request, response in
        try await response.respond(status: 403, body: ByteBuffer(string: request.head.target))
      })
    let more = handshake.replacing(
      "\r\n\r\n", with: "\r\nSec-WebSocket-Protocol: p\r\nSec-WebSocket-Extensions: x\r\n\r\n")
    // A refused handshake leaves the connection with HTTP.
    let answer = try await talk(handler, more + "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let head = try #require(await seen.wait())
    #expect(head.asksForWebSocket)
    #expect(
      head.fields == [.upgrade: "websocket", .connection: "keep-alive, Upgrade", .secWebSocketProtocol: "p"])
    #expect(answer.contains("/socket"))
    #expect(answer.hasSuffix("/next"))
  }

  @Test func `only a request that asked becomes a WebSocket`() async throws {
    let handler = Handler(request: { _, response in
      await #expect(throws: ResponseError(.notWebSocket)) { try await response.upgrade() }
      await #expect(throws: ResponseError(.notWebSocket)) { try await response.upgradeToFrames() }
      try await response.respond(status: 200, body: ByteBuffer(string: "plain"))
    })
    #expect(try await talk(handler, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("plain"))
  }

  @Test func `an upgrade answers with the fields of the handler, and its first octets may come with the request`()
    async throws
  {
    let handler = FrameHandler()
    let server = try await HTTPServer.start(.init(), clock: ContinuousClock(), logger: quiet, handler: handler)
    let client = try await RawClient.connect(port: server.port)
    try await client.write(octets(handshake) + frame(0x81, octets("hello")) + frame(0x88, [0x03, 0xE8]))
    let head = try await client.read(until: "\r\n\r\n")
    #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
    #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
    #expect(head.contains("Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"))
    #expect(!head.contains("wrong"))
    #expect(try await client.read(7) == ByteBuffer(bytes: [0x81, 0x05] + octets("hello")))
    await client.waitForEnd()
    await server.shutdown()
  }

  /// Sends back the pieces of a socket, to its close.
  private struct FrameHandler: HTTPServerHandler {
    func serve(_ request: ServerRequest, _ response: ResponseWriter) async throws {
      var fields: HTTPFields = [.secWebSocketProtocol: "chat", .secWebSocketAccept: "wrong"]
      fields[values: .setCookie] = ["a=1", "b=2"]
      let socket = try await response.upgradeToFrames(fields: fields)
      while let piece = try await socket.receive() { try await socket.send(piece) }
    }
  }

  @Test func `a client that ends its half during the handshake is gone`() async throws {
    let clock = TestClock()
    let (asked, go) = (Signal<Void>(), Signal<Void>())
    let failed = Signal<ResponseError?>()
    let handler = Handler(
      accepts: { _ in false },
      request: { _, response in
        asked.send(())
        await go.wait()
        do {
          _ = try await response.upgradeToFrames()
        } catch {
          failed.send(error as? ResponseError)
          throw error
        }
      })
    try await withServer(handler, clock: clock) { server in
      let client = try await RawClient.connect(port: server.port)
      try await client.write(handshake)
      await asked.wait()
      await client.closeOutput()
      await clock.expire(.milliseconds(400))
      #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      go.send(())
      #expect(await failed.wait() == ResponseError(.connectionLost))
      await client.waitForEnd()
    }
  }

  @Test func `who is told of another protocol is told that this is for the connection`() async throws {
    let handler = Handler(request: { _, response in
      try await response.respond(status: 426, fields: [.upgrade: "websocket"])
    })
    let wrong = handshake.replacing("Version: 13", with: "Version: 8")
    for request in ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", wrong] {
      let answer = try await talk(handler, request)
      #expect(answer.hasPrefix("HTTP/1.1 426 "))
      #expect(answer.lowercased().contains("upgrade: websocket\r\n"))
      #expect(answer.contains("connection: upgrade\r\n") && answer.contains("connection: close\r\n"))
    }
  }
}
