import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

/// 1xx answers, and content that waits for one.
@Suite(.timeLimit(.minutes(1)))
struct InterimTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  @Test func `interim answers are handed over as they come, but for 100`() async throws {
    let (handed, go) = (Signal(), Signal())
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write(
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\nLink: <b>\r\nContent-Length: 5\r\nKeep-Alive: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
      )
      await handed.wait()
      try await connection.write("HTTP/1.1 199 What\r\n\r\n\(Self.ok)")
      go.fire()
    } _: { client, origin in
      var heads: [String] = []
      let answer = try await client.respond(to: BackendRequest(origin: origin)) { status, fields in
        heads.append("\(status.code) \(fields.map { "\($0.name): \($0.value)" })")
        handed.fire()
      }
      #expect(heads == [#"103 ["Link: <a>", "Link: <b>"]"#, "199 []"])
      #expect(try await answer.body.text == "ok")
    }
  }

  @Test func `who cannot take an interim answer breaks off the call`() async throws {
    let ended = Signal()
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 103 Early Hints\r\n\r\n")
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      await #expect(throws: ClientGone.self) {
        try await client.respond(to: BackendRequest(origin: origin)) { _, _ in throw ClientGone() }
      }
      await ended.wait()
    }
  }

  /// A POST that waits for 100, with its body from memory or from a source.
  private func expecting(_ origin: Origin, _ body: Body) -> BackendRequest {
    BackendRequest(origin: origin, method: .post, fields: [.expect: "100-continue"], body: body)
  }

  private static let bodies: [@Sendable () -> (Body, CountedBody?)] = [
    { (Body("four"), nil) },
    {
      let source = CountedBody(ByteBuffer(string: "four"), times: 1)
      return (Body(length: 4, source: source), source)
    },
  ]

  @Test(arguments: 0..<2)
  func `the body waits for 100`(index: Int) async throws {
    let (body, source) = Self.bodies[index]()
    try await withBackend(clock: ManualClock()) { connection in
      let head = try await connection.readHead()
      #expect(head.contains("Expect: 100-continue") && head.contains("Content-Length: 4"))
      #expect(source?.octets ?? 0 == 0)
      try await connection.write("HTTP/1.1 103 Early Hints\r\n\r\n")
      #expect(source?.octets ?? 0 == 0)
      try await connection.write("HTTP/1.1 100 Continue\r\n\r\n")
      #expect(try await connection.read(until: "four") == "four")
      try await connection.write(Self.ok)
    } _: { client, origin in
      let answer = try await client.respond(to: expecting(origin, body))
      #expect(try await answer.body.text == "ok")
    }
  }

  @Test(arguments: 0..<2)
  func `a backend that accepts the request before it reads the body gets the body`(index: Int) async throws {
    try await withBackend(clock: ManualClock()) { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
      try await connection.write(try await connection.read(until: "four"))
    } _: { client, origin in
      let answer = try await client.respond(to: expecting(origin, Self.bodies[index]().0))
      #expect(try await answer.body.text == "four")
    }
  }

  @Test(arguments: 0..<2)
  func `a backend that says nothing gets the body after a second`(index: Int) async throws {
    let clock = TestClock()
    let asked = Signal()
    try await withBackend(clock: clock) { connection in
      _ = try await connection.readHead()
      asked.fire()
      #expect(try await connection.read(until: "four") == "four")
      try await connection.write(Self.ok)
    } _: { client, origin in
      let (body, source) = Self.bodies[index]()
      let call = Task { try await client.respond(to: expecting(origin, body)).body.text }
      await asked.wait()
      await clock.untilSomebodySleeps(for: .seconds(1))
      #expect(source?.octets ?? 0 == 0)
      clock.advance(by: .seconds(1))
      let text = try await call.value
      #expect(text == "ok")
    }
  }

  @Test(arguments: 0..<2)
  func `an answer without 100 means that the body is not wanted`(index: Int) async throws {
    let connections = Counter()
    try await withBackend(clock: ManualClock()) { connection in
      connections.next()
      while true {
        let head = try await connection.readHead()
        let isPost = head[0].hasPrefix("POST")
        try await connection.write(isPost ? "HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno" : Self.ok)
      }
    } _: { client, origin in
      let (body, source) = Self.bodies[index]()
      let answer = try await client.respond(to: expecting(origin, body))
      #expect(answer.status.code == 417)
      #expect(try await answer.body.text == "no")
      #expect(source?.octets ?? 0 == 0)
      // Where a body was told of and not sent, nothing else can be sent.
      #expect(try await client.respond(to: BackendRequest(origin: origin)).body.text == "ok")
      #expect(connections.count == 2)
    }
  }

  @Test func `without a body nothing waits`() async throws {
    try await withBackend(clock: ManualClock()) { connection in
      _ = try await connection.readHead()
      try await connection.write(Self.ok)
    } _: { client, origin in
      let text = try await client.respond(to: expecting(origin, Body())).body.text
      #expect(text == "ok")
    }
  }
}
