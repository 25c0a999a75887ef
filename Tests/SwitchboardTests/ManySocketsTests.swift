import NIOCore
import Switchboard
import TelephoneTesting
import TestSupport
import Testing

/// A thousand WebSockets on one line of protocol 2.
@Suite(.timeLimit(.minutes(2))) struct ManySocketsTests {
  static let count = 1000

  @Test func `a thousand are open at once, each with its own messages; one more is refused until they close`()
    async throws
  {
    OpenFiles.allow(Self.count * 2 + 1000)
    try await withSwitchboard { switchboard in
      let port = switchboard.port
      try await withAgent(port, maxStreams: Self.count, backend: ClosureBackend(WebSocketTests.echo)) {
        try await switchboard.untilJoined()
        let (opened, spoken) = (Gate(), Gate())
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<Self.count {
            group.addTask {
              let (socket, head) = try await WireSocket.connect(port, "/call/p/\(number)")
              #expect(head.first == "HTTP/1.1 101 Switching Protocols")
              try await opened.enter()
              try await socket.send(.init(1, "I am \(number)"))
              #expect(try await socket.message() == (1, ByteBuffer(string: "I am \(number)")))
              try await spoken.enter()
              try await socket.send(.close(UInt16(4000 + number % 1000), "\(number)"))
              #expect(try await socket.receive() == .close(UInt16(4000 + number % 1000), "\(number)"))
              await socket.connection.waitForEnd()
              await socket.connection.close()
            }
          }
          await opened.waiting(Self.count)
          #expect(try await Self.answer(port).hasPrefix("HTTP/1.1 503 "))
          opened.open()
          await spoken.waiting(Self.count)
          #expect(try await Self.answer(port).hasPrefix("HTTP/1.1 503 "))
          spoken.open()
          try await group.waitForAll()
        }
        #expect(switchboard.joined == ["p": 1])
        #expect(try await Self.answer(port).hasPrefix("HTTP/1.1 101 "))
      }
    }
  }

  /// The first line of the answer to one more handshake.
  private static func answer(_ port: Int) async throws -> String {
    let (socket, head) = try await WireSocket.connect(port)
    await socket.connection.close()
    return head.first ?? ""
  }
}
