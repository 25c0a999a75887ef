import Foundation
import HTTPTypes
import HTTPWire
import NIOCore
import NIOPosix
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// Where a call runs, and where it goes besides TCP.
@Suite(.timeLimit(.minutes(1)))
struct LoopTests {
  @Test func `calls on an event loop use connections of that loop, and answers are the same`() async throws {
    let connections = Counter()
    try await withBackend { connection in
      connections.next()
      while true {
        let head = try await connection.readHead()
        let body = head.contains("Content-Length: 4") ? try await connection.read(4) : ByteBuffer()
        try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try await connection.write("3\r\none\r\n")
        try await connection.write("4\r\n")
        try await connection.write(body.readableBytes == 4 ? body : ByteBuffer(string: "none"))
        try await connection.write("\r\n0\r\n\r\n")
      }
    } _: { client, origin in
      let loops = [MultiThreadedEventLoopGroup.singleton.next(), MultiThreadedEventLoopGroup.singleton.next()]
      for loop in loops {
        for round in 0..<4 {
          let text = try await Task(executorPreference: LoopExecutor.of(loop)) {
            let body: Body
            switch round {
            case 0: body = Body()
            case 1: body = Body("four")
            default: body = Body(length: 4, source: CountedBody(ByteBuffer(string: "four"), times: 1))
            }
            let answer = try await client.respond(
              to: BackendRequest(origin: origin, method: .put, body: body))
            #expect(loop.inEventLoop)
            return try await answer.body.text
          }.value
          #expect(text == (round == 0 ? "onenone" : "onefour"))
        }
      }
      #expect(connections.count == Set(loops.map { ObjectIdentifier($0) }).count)
    }
  }

  @Test func `cancelling on the loop ends the call, before the head and in the body`() async throws {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"] {
      let (asked, ended) = (Signal(), Signal())
      try await withBackend { connection in
        _ = try await connection.readHead()
        try await connection.write(answer)
        asked.fire()
        await connection.waitForEnd()
        ended.fire()
      } _: { client, origin in
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let call = Task(executorPreference: LoopExecutor.of(loop)) {
          try await client.respond(to: BackendRequest(origin: origin)).body.text
        }
        await asked.wait()
        call.cancel()
        await ended.wait()
        await #expect(throws: CancellationError.self) { try await call.value }
      }
    }
  }

  @Test func `a connection that has ended sends nothing`() async throws {
    let server = try await RawServer.start { _ in }
    let attempt = ConnectAttempt(
      to: .tcp(host: "127.0.0.1", port: server.port), on: MultiThreadedEventLoopGroup.singleton.next(), tls: nil,
      timeout: .seconds(10), clock: ContinuousClock(), onFree: {}, onClosed: {})
    let connection = try await attempt.connection()
    await connection.untilClosed()
    let exchange = connection.start(
      ClientRequest(
        method: .post, target: "/", authority: "h", content: .whole(ByteBuffer(string: "four"), trailers: nil)))
    await #expect { try await exchange.next() } throws: { error in
      let fault = error as? ClientFault
      return fault?.kind == .closed && fault?.sentOctets == false && fault?.gotOctets == false
    }
    let streamed = connection.start(
      ClientRequest(method: .post, target: "/", authority: "h", content: .streamed(length: nil)))
    #expect(await streamed.mayContinue() == false)
    await #expect(throws: ClientFault.self) { try await streamed.write(ByteBuffer(string: "x")) }
    await server.stop()
  }

  @Test func `a Unix socket is spoken to like any other`() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("t-\(UUID().uuidString.prefix(8)).sock")
      .path
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(HeadEcho()) }
      }
      .bind(unixDomainSocketPath: path).get()
    try await withClient { client in
      let origin = try Origin("unix:\(path)")
      for _ in 0..<2 {
        let text = try await client.respond(to: BackendRequest(origin: origin, target: "/x")).body.text
        #expect(text.hasPrefix("GET /x HTTP/1.1\r\nHost: localhost\r\n"))
      }
      #expect(await client.code(of: BackendRequest(origin: try Origin("unix:\(path).none"))) == "backend-unreachable")
    }
    try await server.close()
  }

  /// Answers with what it reads.
  private final class HeadEcho: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let head = unwrapInboundIn(data)
      var answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(head.readableBytes)\r\n\r\n")
      answer.writeImmutableBuffer(head)
      context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
  }
}
