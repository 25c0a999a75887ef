import Foundation
import Switchboard
import TestSupport
import Testing

/// The handshake of a client at the door, and that of `forward` with a WebSocket backend on a socket of its own.
@Suite(.timeLimit(.minutes(2))) struct SocketHandshakeTests {
  @Test(arguments: [1, 2])
  func `the facts of the handshake are made anew, everything else rides`(_ protocolNumber: Int) async throws {
    let heads = Reports<[String]>()
    try await withHouse {
      $0.protocols = [protocolNumber]
    } backend: { connection in
      let (_, head) = try await WireSocket.accept(connection, fields: ["Sec-WebSocket-Protocol: b", "X-From: backend"])
      heads.send(head)
      await connection.waitForEnd()
    } _: { switchboard in
      var keys: Set<String> = ["dGhlIHNhbXBsZSBub25jZQ=="]
      for round in 2...4 {
        let (socket, answer) = try await WireSocket.connect(
          switchboard.port, "/call/p/x?y=1",
          fields: ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: a, b", "Cookie: c=1"])
        #expect(answer.first == "HTTP/1.1 101 Switching Protocols")
        // The accept belongs to the client's own key.
        #expect(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(answer.contains("Sec-WebSocket-Protocol: b"))
        #expect(answer.contains("X-From: backend") == (protocolNumber == 2))
        let head = try #require(await heads.next())
        #expect(head.first == "GET /x?y=1 HTTP/1.1")
        let own = head.filter { $0.lowercased().hasPrefix("sec-websocket-key: ") }.map { String($0.dropFirst(19)) }
        #expect(own.count == 1)
        keys.formUnion(own)
        #expect(keys.count == round)
        #expect(own.allSatisfy { Data(base64Encoded: $0)?.count == 16 })
        for line in ["Sec-WebSocket-Version: 13", "Upgrade: websocket", "Connection: Upgrade"] {
          #expect(head.filter { $0 == line }.count == 1)
        }
        let others = head.map { $0.lowercased() }
        #expect(others.contains("sec-websocket-protocol: a, b") && others.contains("cookie: c=1"))
        #expect(!others.contains { $0.hasPrefix("sec-websocket-extensions") || $0 == "host: example.org" })
        await socket.connection.close()
      }
    }
  }

  @Test(arguments: [1, 2])
  func `a backend that accepts with another's key opens nothing`(_ protocolNumber: Int) async throws {
    try await withHouse {
      $0.protocols = [protocolNumber]
    } backend: { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
      await connection.waitForEnd()
    } _: { switchboard in
      let (socket, head) = try await WireSocket.connect(switchboard.port)
      #expect(head.first?.hasPrefix("HTTP/1.1 502 ") == true)
      await socket.connection.close()
    }
  }
}
