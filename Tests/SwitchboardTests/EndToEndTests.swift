import Agent
import HTTPTypes
import NIOCore
import PhoenixChannels
import Switchboard
import TelephoneKit
import TelephoneTesting
import TestSupport
import Testing

/// From a client through switchboard, line, agent and pipeline, and back; every socket is real.
@Suite(.timeLimit(.minutes(2))) struct EndToEndTests {
  /// Gives back what came.
  static let echo: @Sendable (Request) async throws -> Response = { request in
    Response(fields: [.eTag: request.target], body: request.body)
  }

  @Test(arguments: [1, 2]) func `all 256 octets come back`(_ protocolNumber: Int) async throws {
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      try await withAgent(switchboard.port, Self.echo) {
        try await switchboard.untilJoined()
        let octets = ByteBuffer(bytes: (0...255).map { UInt8($0) })
        let answer = try await call(switchboard.port, "/call/p/x?y=%FF", method: "POST", body: octets)
        #expect(answer.status == 200)
        #expect(answer.body == octets)
        #expect(answer.field("etag") == "/x?y=%FF")
      }
    }
  }

  @Test(arguments: [true, false])
  func `3 MiB of text come back, whatever the chunks cut`(_ grantsBase64: Bool) async throws {
    let text = ByteBuffer(string: String(repeating: "aé€😀", count: 3 * 1024 * 1024 / 10 + 1))
    try await withSwitchboard {
      $0.protocols = [1]
      $0.grantsBase64 = grantsBase64
    } _: { switchboard in
      try await withAgent(switchboard.port, Self.echo) {
        try await switchboard.untilJoined()
        let answer = try await call(switchboard.port, "/call/p/", method: "PUT", body: text)
        #expect(answer.status == 200)
        #expect(answer.body == text)
      }
    }
  }

  @Test func `without base64 an answer that is no text is a 502 that names protocol 2`() async throws {
    try await withSwitchboard {
      $0.protocols = [1]
      $0.grantsBase64 = false
    } _: { switchboard in
      let octets: @Sendable (Request) async throws -> Response = { _ in
        Response(body: Body(ByteBuffer(bytes: [0xC3, 0x28])))
      }
      try await withAgent(switchboard.port, octets) {
        try await switchboard.untilJoined()
        let answer = try await call(switchboard.port, "/call/p/")
        #expect(answer.status == 502)
        #expect(answer.text.contains("protocol 2"))
      }
    }
  }

  @Test(arguments: [1, 2]) func `64 calls at once, none mixed up`(_ protocolNumber: Int) async throws {
    let gate = Gate()
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      let slowEcho: @Sendable (Request) async throws -> Response = { request in
        try await gate.enter()
        return try await Self.echo(request)
      }
      try await withAgent(switchboard.port, slowEcho) {
        try await switchboard.untilJoined()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<64 {
            group.addTask {
              let body = ByteBuffer(string: String(repeating: "\(number) ", count: number * 50 + 1))
              let answer = try await call(switchboard.port, "/call/p/\(number)", method: "POST", body: body)
              #expect(answer.status == 200)
              #expect(answer.field("etag") == "/\(number)")
              #expect(answer.body == body)
            }
          }
          await gate.waiting(64)
          gate.open()
          try await group.waitForAll()
        }
      }
    }
  }

  @Test(arguments: [1, 2]) func `the pipeline sees whom the gateway saw`(_ protocolNumber: Int) async throws {
    try await withSwitchboard {
      $0.protocols = [protocolNumber]
    } _: { switchboard in
      let tell: @Sendable (Request) async throws -> Response = { request in
        Response(text: "\(request.clientAddress ?? "-") \(request.authority) \(request.scheme)")
      }
      try await withAgent(switchboard.port, tell) {
        try await switchboard.untilJoined()
        let answer = try await call(
          switchboard.port, "/call/p/",
          fields: ["X-Forwarded-For: 6.6.6.6", "Connection: close, X-Forwarded-For", "X-Forwarded-Proto: https"])
        #expect(answer.text == "127.0.0.1 example.org http")
      }
    }
  }

  @Test func `the switchboard is killed and started again, and the next call works`() async throws {
    var settings = SwitchboardSettings(secret: secret)
    // Not one that the system chooses: it could give it to another connection in between.
    settings.port = try await RawClient.freePort()
    let again = settings
    let first = try await Switchboard.start(settings, date: { now }, logger: quiet)
    try await withAgent(first.port, Self.echo) {
      try await first.untilJoined()
      #expect(try await call(first.port, "/call/p/one").status == 200)
      await first.shutdown()
      let second = try await Switchboard.start(again, date: { now }, logger: quiet)
      try await second.untilJoined()
      #expect(try await call(second.port, "/call/p/two").field("etag") == "/two")
      await second.shutdown()
    }
  }
}
