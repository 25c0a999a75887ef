import Foundation
import HTTPWire
import NIOCore
import NIOSSL
import TestSupport
import Testing

/// wss, with certificates that the `openssl` command makes for the test.
@Suite(.timeLimit(.minutes(1)))
struct SecureWebSocketTests {
  /// Runs `body` with the port of a TLS server in front of a WebSocket server that echoes.
  private func withSecureServer(
    _ certificates: Certificates, _ body: (Int) async throws -> Void
  ) async throws {
    let context = try NIOSSLContext(configuration: certificates.server())
    try await withServer(Handler(socket: { socket, _ in await WebSocketTests.echo(socket) })) { server in
      let port = server.port
      let proxy = try await RawServer.start(
        configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
        { outside in
          let inside = try await RawClient.connect(port: port)
          await withTaskGroup(of: Void.self) { group in
            for (from, to) in [(outside, inside), (inside, outside)] {
              group.addTask {
                while let octets = await from.readSome() { try? await to.write(octets) }
                await to.close()
              }
            }
          }
        })
      do {
        try await body(proxy.port)
      } catch {
        await proxy.stop()
        throw error
      }
      await proxy.stop()
    }
  }

  private func kind(
    _ url: String, _ configure: (inout WebSocketClient.Configuration) -> Void
  ) async -> DialError.Kind? {
    await error(url, configure)?.kind
  }

  private func error(
    _ url: String, _ configure: (inout WebSocketClient.Configuration) -> Void
  ) async -> DialError? {
    var configuration = WebSocketClient.Configuration()
    configure(&configuration)
    let client = WebSocketClient(configuration: configuration, clock: ContinuousClock())
    do throws(DialError) {
      let socket = try await client.connect(to: url)
      await socket.close(code: 1000, reason: "")
      return nil
    } catch {
      return error
    }
  }

  @Test func `a certificate is trusted by its CA file and its name, and not otherwise`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let (ca, otherCA) = (certificates.path("ca.pem"), certificates.path("other.pem"))
    try await withSecureServer(certificates) { port in
      var configuration = WebSocketClient.Configuration()
      configuration.caFile = ca
      let client = WebSocketClient(configuration: configuration, clock: ContinuousClock())
      let socket = try await client.connect(to: "wss://localhost:\(port)/socket")
      try await socket.send(.text("safe"))
      try await socket.expect(.text("safe"))
      await socket.close(code: 1000, reason: "")
      #expect(socket.closure?.code == 1000)

      // The system's trust, and another CA.
      #expect(await kind("wss://localhost:\(port)/") { _ in } == .tlsNotTrusted)
      #expect(await kind("wss://localhost:\(port)/") { $0.caFile = otherCA } == .tlsNotTrusted)
      // Another name than the certificate's: an address, and one that is given; the right one that is given.
      #expect(await kind("wss://127.0.0.1:\(port)/") { $0.caFile = ca } == .tlsNotTrusted)
      #expect(
        await kind("wss://localhost:\(port)/") {
          $0.caFile = ca
          $0.serverName = "gateway.example"
        } == .tlsNotTrusted)
      #expect(
        await kind("wss://127.0.0.1:\(port)/") {
          $0.caFile = ca
          $0.serverName = "localhost"
        } == nil)
      #expect(await kind("wss://localhost:\(port)/") { $0.caFile = certificates.path("missing.pem") } == .tls)
    }
  }

  @Test func `the certificate that is not trusted is told, with the reason`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let (ca, otherCA) = (certificates.path("ca.pem"), certificates.path("other.pem"))
    try await withSecureServer(certificates) { port in
      let foreign = try #require(await error("wss://localhost:\(port)/?token=sesame") { $0.caFile = otherCA })
      #expect(foreign.trust?.reason == .unknownIssuer)
      #expect(foreign.trust?.certificate?.subject == "CN=localhost")
      #expect(foreign.trust?.certificate?.issuer == "CN=ca")
      #expect(foreign.trust?.certificate?.names == ["localhost"])
      #expect(
        foreign.sentence.hasPrefix(
          "The certificate of localhost:\(port) is not trusted: no authority that is trusted has signed it. "
            + "It is CN=localhost, issued by CN=ca, valid from "))
      #expect(!foreign.sentence.contains("sesame"))

      let named = try #require(await error("wss://127.0.0.1:\(port)/") { $0.caFile = ca })
      #expect(named.trust?.reason == .otherName)
      #expect(named.sentence.contains("it is for localhost, not for the name that was dialled. It is CN=localhost, "))
    }
  }

  @Test func `a server that speaks no TLS`() async throws {
    try await withServer(Handler()) { server in
      #expect(await kind("wss://127.0.0.1:\(server.port)/") { _ in } == .tls)
    }
  }

  @Test func `a server that speaks no TLS later than 1 point 1`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    var configuration = try certificates.server()
    configuration.minimumTLSVersion = .tlsv1
    configuration.maximumTLSVersion = .tlsv11
    let context = try NIOSSLContext(configuration: configuration)
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { connection in
        if await connection.readSome() != nil { try await connection.write("HTTP/1.1 404 Not Found\r\n\r\n") }
      })
    #expect(await kind("wss://localhost:\(server.port)/") { $0.caFile = certificates.path("ca.pem") } == .tls)
    await server.stop()
  }
}
