import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// What becomes of a connection after its exchange.
@Suite(.timeLimit(.minutes(1)))
struct KeptConnectionTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  /// Answers the first request of the first connection, and does `second` with the next one; what comes on further
  /// connections is answered, unless `always`.
  private func withDeadConnection(
    always: Bool = false, _ second: @escaping @Sendable (RawConnection) async throws -> Void,
    _ body: (BackendClient, Origin, Counter) async throws -> Void
  ) async throws {
    let (connections, requests) = (Counter(), Counter())
    try await withBackend { connection in
      let number = connections.next()
      while true {
        let head = try await connection.readHead()
        let isFirst = requests.next() == 1
        if !isFirst, number == 1 || always { return try await second(connection) }
        if head.contains("Content-Length: 4") { _ = try await connection.read(4) }
        try await connection.write(Self.ok)
      }
    } _: { client, origin in
      #expect(try await client.respond(to: BackendRequest(origin: origin)).body.text == "ok")
      try await body(client, origin, requests)
    }
  }

  @Test(arguments: [HTTPRequest.Method.get, .options])
  func `a kept connection that turns out dead costs a safe request nothing`(method: HTTPRequest.Method)
    async throws
  {
    try await withDeadConnection {
      await $0.close()
    } _: { client, origin, requests in
      let text = try await client.respond(to: BackendRequest(origin: origin, method: method)).body.text
      #expect(text == "ok")
      #expect(requests.count == 3)
    }
  }

  @Test(arguments: [(HTTPRequest.Method.post, ""), (.post, "four"), (.put, "four"), (.patch, ""), (.delete, "")])
  func `any other is never sent again`(method: HTTPRequest.Method, body: String) async throws {
    try await withDeadConnection {
      await $0.close()
    } _: { client, origin, requests in
      let request = BackendRequest(origin: origin, method: method, body: Body(body))
      #expect(await client.code(of: request) == "backend-closed")
      #expect(requests.count == 2)
    }
  }

  @Test func `a second connection that dies is the end of it`() async throws {
    try await withDeadConnection(always: true) {
      await $0.close()
    } _: { client, origin, requests in
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-closed")
      #expect(requests.count == 3)
    }
  }

  @Test(arguments: ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 Hints\r\n\r\n"])
  func `after an octet of an answer nothing is sent again`(octets: String) async throws {
    try await withDeadConnection {
      try await $0.write(octets)
    } _: { client, origin, requests in
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-closed")
      #expect(requests.count == 2)
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", 3),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 3),
    ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 3),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 3),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n", 1),
    ("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1),
  ])
  func `a connection is used again when its answer allows it, and never with octets left over`(
    answer: String, expected: Int
  ) async throws {
    let connections = Counter()
    // On a machine that is busy the keep-alive may pass between two calls; this clock stands still.
    try await withBackend(clock: ManualClock()) { connection in
      connections.next()
      while true {
        _ = try await connection.readHead()
        try await connection.write(answer)
      }
    } _: { client, origin in
      for _ in 0..<3 {
        let text = try await client.respond(to: BackendRequest(origin: origin)).body.text
        #expect(text == "ok")
      }
      #expect(connections.count == expected)
    }
  }

  @Test func `an answer that is given up costs its connection`() async throws {
    let (connections, ended) = (Counter(), Signal())
    try await withBackend { connection in
      connections.next()
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      await (try await client.respond(to: BackendRequest(origin: origin))).body.close()
      await ended.wait()
      await (try await client.respond(to: BackendRequest(origin: origin))).body.close()
      #expect(connections.count == 2)
    }
  }

  @Test func `an idle connection is closed in time, and octets that nobody asked for close it too`() async throws {
    let clock = ManualClock()
    let connections = Counter()
    let ended = [Signal(), Signal(), Signal()]
    let chatter = Signal()
    try await withBackend(clock: clock) { connection in
      let number = connections.next()
      _ = try await connection.readHead()
      try await connection.write(Self.ok)
      if number == 2 {
        await chatter.wait()
        try await connection.write("HTTP/1.1 408 Late\r\n\r\n")
      }
      await connection.waitForEnd()
      ended[number - 1].fire()
    } _: { client, origin in
      let text = try await client.respond(to: BackendRequest(origin: origin)).body.text
      #expect(text == "ok")
      await clock.sleepers(1)
      clock.advance(by: .seconds(4))
      await ended[0].wait()
      let second = try await client.respond(to: BackendRequest(origin: origin)).body.text
      #expect(second == "ok")
      chatter.fire()
      await ended[1].wait()
      let third = try await client.respond(to: BackendRequest(origin: origin)).body.text
      #expect(third == "ok")
      #expect(connections.count == 3)
    }
  }

  @Test func `more calls than connections wait, and more than may wait are 503`() async throws {
    let (asked, go) = (Signal(), Signal())
    let connections = Counter()
    try await withBackend(configuration: .with(connections: 1, waiting: 1)) { connection in
      connections.next()
      while true {
        _ = try await connection.readHead()
        asked.fire()
        await go.wait()
        try await connection.write(Self.ok)
      }
    } _: { client, origin in
      let request = BackendRequest(origin: origin)
      async let first = client.respond(to: request).body.text
      await asked.wait()
      let second = Task { try await client.respond(to: request).body.text }
      // One of these two waits and the other is refused, whichever comes first.
      let third = Task { try await client.respond(to: request).body.text }
      let refused = await withTaskGroup(of: (any Error)?.self) { group in
        for task in [second, third] {
          group.addTask {
            do {
              _ = try await task.value
              return nil
            } catch { return error }
          }
        }
        var errors: [any Error] = []
        for await error in group {
          if let error { errors.append(error) }
          go.fire()
        }
        return errors
      }
      #expect(refused.count == 1)
      #expect((refused.first as? Failure)?.code == "backend-too-many-waiting")
      #expect((refused.first as? Failure)?.status == .serviceUnavailable)
      let answer = try await first
      #expect(answer == "ok")
      #expect(connections.count == 1)
    }
  }

  @Test func `who waits for a connection is late by connect-timeout, or cancelled, and leaves its place`() async throws
  {
    let clock = ManualClock()
    let (asked, go) = (Signal(), Signal())
    try await withBackend(
      limits: BackendLimits(connect: .seconds(2)), clock: clock,
      configuration: .with(connections: 1, waiting: 1)
    ) { connection in
      while true {
        _ = try await connection.readHead()
        asked.fire()
        await go.wait()
        try await connection.write(Self.ok)
      }
    } _: { client, origin in
      let request = BackendRequest(origin: origin)
      async let first = client.respond(to: request).body.text
      await asked.wait()
      let late = Task { try await client.respond(to: request) }
      await #expect { try await advance(clock, by: .milliseconds(500), until: late) } throws: { error in
        (error as? Failure)?.code == "backend-connect-timeout"
      }
      let cancelled = Task { try await client.respond(to: request) }
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      // Nobody is left in the line, which has one place.
      async let last = client.respond(to: request).body.text
      go.fire()
      let answer = try await first
      #expect(answer == "ok")
      let lastText = try await last
      #expect(lastText == "ok")
    }
  }

  @Test func `a shut down ends what is under way`() async throws {
    let (asked, ended) = (Signal(), Signal())
    try await withBackend { connection in
      _ = try await connection.readHead()
      asked.fire()
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      let call = Task { await client.code(of: BackendRequest(origin: origin)) }
      await asked.wait()
      await client.shutdown()
      await ended.wait()
      #expect(await call.value == "backend-closed")
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-closed")
    }
  }
}
