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

/// A kept connection that dies between the moment in which the pool lends it and that in which the request is written.
@Suite(.timeLimit(.minutes(1)))
struct DeadConnectionTests {
  /// Stops each call when it has its connection, once, until the connection is dead.
  private struct Late: BackendTransport {
    let pool: PooledTransport
    let trap = Trap()
    let death: @Sendable () -> Void

    final class Trap: Sendable {
      let isArmed = Atomic(false)
    }

    func call(
      _ request: BackendRequest, events: @escaping @Sendable (BackendEvent) -> Void
    ) -> any BackendCall {
      pool.call(request) { event in
        events(event)
        if event == .connected, trap.isArmed.exchange(false, ordering: .relaxed) { death() }
      }
    }

    func shutdown() async { await pool.shutdown() }
  }

  /// What a backend got: all octets of each connection.
  private final class Connections: Sendable {
    private let octets = Mutex<[String]>([])
    var all: [String] { octets.withLock { $0 } }
    func begin() -> Int {
      octets.withLock {
        $0.append("")
        return $0.count - 1
      }
    }
    func add(_ text: String, to number: Int) { octets.withLock { $0[number] += text } }
  }

  /// Makes a call, then another one whose kept connection dies before an octet of it was written.
  /// - Returns: what each connection of the backend got after its first head, and the code or the text of the answer.
  private func secondCall(
    _ request: @escaping @Sendable (Origin) -> BackendRequest
  ) async throws -> (got: [String], answer: String) {
    let got = Connections()
    let die = Signal()
    let dead = DispatchSemaphore(value: 0)
    let server = try await RawServer.start { connection in
      let number = got.begin()
      let head = try await connection.read(until: "\r\n\r\n")
      if number == 0 {
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")
        await die.wait()
        // The client ends the connection when it sees this half end: then it knows.
        await connection.closeOutput()
        got.add(await connection.readAllText(), to: number)
        dead.signal()
        return
      }
      got.add(head, to: number)
      if head.contains("Content-Length: 4\r\n") { got.add(String(buffer: try await connection.read(4)), to: number) }
      if head.contains("chunked") { got.add(try await connection.read(until: "0\r\n\r\n"), to: number) }
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
    }
    let origin = Origin(scheme: .http, host: "127.0.0.1", port: server.port)
    // One connection, which a call of any event loop gets.
    let transport = Late(pool: try PooledTransport(.with(connections: 1))) {
      die.fire()
      _ = dead.wait(timeout: .now() + 30)
    }
    let client = BackendClient(transport: transport, limits: BackendLimits(), clock: ContinuousClock())
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let loops = [group.next(), group.next()].map { LoopExecutor.of($0) }
    let first = try await Task(executorPreference: loops[0]) {
      try await client.respond(to: BackendRequest(origin: origin)).body.text
    }.value
    #expect(first == "first")
    transport.trap.isArmed.store(true, ordering: .relaxed)
    // It stops a thread of its own, not that of the connection.
    let answer = await Task(executorPreference: loops[1]) {
      do {
        return try await client.respond(to: request(origin)).body.text
      } catch {
        return (error as? Failure)?.code ?? "\(error)"
      }
    }.value
    await client.shutdown()
    await server.stop()
    try await group.shutdownGracefully()
    return (got.all, answer)
  }

  @Test(arguments: [HTTPRequest.Method.post, .patch, .get])
  func `a request of which not one octet was sent goes once more, on a fresh connection`(
    _ method: HTTPRequest.Method
  ) async throws {
    let (got, answer) = try await secondCall { BackendRequest(origin: $0, method: method, body: Body("four")) }
    #expect(answer == "second")
    #expect(got.count == 2)
    #expect(got.first == "")
    #expect(got.last?.hasPrefix("\(method) / HTTP/1.1\r\n") == true)
    #expect(got.last?.hasSuffix("\r\n\r\nfour") == true)
  }

  @Test(arguments: [4, nil]) func `so does one whose body is a stream, of which nothing was pulled`(_ length: Int?)
    async throws
  {
    let body = CountedBody(ByteBuffer(string: "four"), times: 1)
    let (got, answer) = try await secondCall {
      BackendRequest(origin: $0, method: .post, body: Body(length: length, source: body))
    }
    #expect(answer == "second")
    #expect(got.count == 2)
    #expect(got.first == "")
    #expect(got.last?.hasSuffix(length == nil ? "4\r\nfour\r\n0\r\n\r\n" : "\r\n\r\nfour") == true)
    #expect(body.octets == 4)
  }
}
