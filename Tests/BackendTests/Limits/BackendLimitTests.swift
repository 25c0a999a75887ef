import HTTPTypes
import NIOCore
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// Time limits against real sockets, on a clock that stands still.
@Suite(.timeLimit(.minutes(1)))
struct BackendLimitTests {
  private static let limits = BackendLimits(
    connect: .seconds(2), firstByte: .seconds(10), idle: .seconds(30), total: .seconds(60))

  @Test func `no connection in time is 504`() async throws {
    let clock = ManualClock()
    try await StalledListener.with { port in
      try await withClient(limits: Self.limits, clock: clock) { client in
        let request = BackendRequest(origin: Origin(scheme: .http, host: "127.0.0.1", port: port))
        let call = Task { try await client.respond(to: request) }
        await clock.sleepers(1)
        clock.advance(by: .seconds(2))
        await #expect { try await call.value } throws: { error in
          (error as? Failure)?.code == "backend-connect-timeout" && (error as? Failure)?.status == .gatewayTimeout
        }
      }
    }
  }

  @Test func `no head in time is 504, and the connection is closed`() async throws {
    let clock = ManualClock()
    let (asked, ended) = (Signal(), Signal())
    try await withBackend(limits: Self.limits, clock: clock) { connection in
      _ = try await connection.readHead()
      asked.fire()
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      let call = Task { try await client.respond(to: BackendRequest(origin: origin)) }
      await asked.wait()
      clock.advance(by: .seconds(9))
      await clock.sleepers(1)
      clock.advance(by: .seconds(1))
      await #expect { try await call.value } throws: { error in
        (error as? Failure)?.code == "backend-first-byte-timeout" && (error as? Failure)?.status == .gatewayTimeout
      }
      await ended.wait()
    }
  }

  @Test func `a request that does not move is 504`() async throws {
    let clock = ManualClock()
    let asked = Signal()
    try await withBackend(limits: Self.limits, clock: clock) { connection in
      _ = try await connection.read(until: "some")
      asked.fire()
      await connection.waitForEnd()
    } _: { client, origin in
      let upload = FedBody()
      upload.feed("some")
      let request = BackendRequest(origin: origin, method: .post, body: Body(source: upload))
      let call = Task { try await client.respond(to: request) }
      await asked.wait()
      await #expect { try await advance(clock, by: .seconds(15), until: call) } throws: { error in
        (error as? Failure)?.code == "backend-idle-timeout"
      }
    }
  }

  /// An answer without a length seems to end where we close its connection: that must be no end either.
  @Test(arguments: ["Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "\r\n12345"])
  func `a stall inside the body breaks it`(answer: String) async throws {
    let clock = ManualClock()
    try await withBackend(limits: BackendLimits(idle: .seconds(30)), clock: clock) { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\n\(answer)")
      await connection.waitForEnd()
    } _: { client, origin in
      let response = try await client.respond(to: BackendRequest(origin: origin))
      #expect(try await response.body.next()?.readableBytes == 5)
      // Nobody asks: a slow client is not the backend's fault.
      clock.advance(by: .seconds(300))
      let read = Task { try await response.body.next() }
      await clock.sleepers(1)
      await #expect { try await advance(clock, by: .seconds(15), until: read) } throws: { error in
        (error as? Failure)?.code == "backend-idle-timeout"
      }
      await #expect(throws: Failure.self) { try await response.body.next() }
    }
  }

  @Test func `the total ends an answer that never ends`() async throws {
    let clock = ManualClock()
    try await withBackend(limits: BackendLimits(idle: .seconds(30), total: .seconds(60)), clock: clock) { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\n\r\n")
      while true { try await connection.write("tick") }
    } _: { client, origin in
      let response = try await client.respond(to: BackendRequest(origin: origin))
      #expect(try await response.body.next() != nil)
      await clock.sleepers(1)
      clock.advance(by: .seconds(59))
      #expect(try await response.body.next() != nil)
      let read = Task { while try await response.body.next() != nil {} }
      await #expect { try await advance(clock, by: .seconds(1), until: read) } throws: { error in
        (error as? Failure)?.code == "backend-total-timeout"
      }
    }
  }

  @Test func `without limits a slow backend is waited for`() async throws {
    let clock = ManualClock()
    let (asked, go) = (Signal(), Signal())
    try await withBackend(clock: clock) { connection in
      _ = try await connection.readHead()
      asked.fire()
      await go.wait()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    } _: { client, origin in
      let call = Task { try await client.respond(to: BackendRequest(origin: origin)).body.text }
      await asked.wait()
      clock.advance(by: .seconds(1_000_000))
      go.fire()
      let text = try await call.value
      #expect(text == "ok")
    }
  }
}
