import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import HTTPWire

@Suite(.timeLimit(.minutes(1)))
struct NetworkProbeTests {
  private func error(_ body: () async throws(DialError) -> Void) async -> DialError? {
    do throws(DialError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  /// Runs `body` with the port of a server that speaks TLS and nothing else.
  private func withTLS(_ certificates: Certificates, _ body: (Int) async throws -> Void) async throws {
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { await $0.waitForEnd() })
    try await body(server.port)
    await server.stop()
  }

  @Test func `a name has addresses, and one that does not exist is told with the system's reason`() async throws {
    let addresses = try await NetworkProbe(host: "localhost", port: 4000).addresses()
    #expect(addresses.contains { ["127.0.0.1", "::1"].contains($0.ipAddress) && $0.port == 4000 })
    #expect(try await NetworkProbe(host: "::1", port: 1).addresses().map(\.ipAddress) == ["::1"])
    let error = await error { () throws(DialError) in
      _ = try await NetworkProbe(host: "no-such-host.invalid", port: 1).addresses()
    }
    #expect(error?.kind == .nameNotResolved)
    #expect(error?.detail.isEmpty == false)
  }

  @Test func `a connection is made and closed, or the reason told`() async throws {
    let ended = Reports<Bool>()
    try await RawServer.with { connection in
      await connection.waitForEnd()
      ended.send(true)
    } _: { server in
      let address = try SocketAddress(ipAddress: "127.0.0.1", port: server.port)
      try await NetworkProbe(host: "127.0.0.1", port: server.port).connect(to: address)
      #expect(await ended.next() == true)
    }
    let port = try RawClient.closedPort()
    let closed = try SocketAddress(ipAddress: "127.0.0.1", port: port)
    let error = await error { () throws(DialError) in
      try await NetworkProbe(host: "127.0.0.1", port: port).connect(to: closed)
    }
    #expect(error?.kind == .refused)
  }

  @Test func `a wait for a connection ends with its task`() async throws {
    try await StalledListener.with { port in
      let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
      let connecting = Task {
        await error { () throws(DialError) in
          try await NetworkProbe(host: "127.0.0.1", port: port).connect(to: address)
        }
      }
      connecting.cancel()
      #expect(await connecting.value?.kind == .cancelled)
    }
  }

  @Test func `a handshake shows the version and the certificate`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    try await withTLS(certificates) { port in
      let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
      let named = NetworkProbe(host: "localhost", port: port)
      let security = try await named.handshake(to: address, caFile: certificates.path("ca.pem"))
      #expect(security.version == "TLS 1.3")
      #expect(security.certificate?.subject == "CN=localhost")
      #expect(security.certificate?.daysLeft(at: Date()) == 1)

      let foreign = await error { () throws(DialError) in
        _ = try await named.handshake(to: address, caFile: certificates.path("other.pem"))
      }
      #expect(foreign?.kind == .tlsNotTrusted)
      #expect(foreign?.trust?.reason == .unknownIssuer)
      let other = await error { () throws(DialError) in
        _ = try await NetworkProbe(host: "127.0.0.1", port: port).handshake(
          to: address, caFile: certificates.path("ca.pem"))
      }
      #expect(other?.trust?.reason == .otherName)
      let missing = await error { () throws(DialError) in
        _ = try await named.handshake(to: address, caFile: certificates.path("missing.pem"))
      }
      #expect(missing?.sentence.contains("cannot be read") == true)
    }
  }

  @Test func `a peer that says nothing holds a handshake no longer than its task`() async throws {
    try await RawServer.with { connection in
      await connection.waitForEnd()
    } _: { server in
      let address = try SocketAddress(ipAddress: "127.0.0.1", port: server.port)
      let shaking = Task {
        await error { () throws(DialError) in
          _ = try await NetworkProbe(host: "localhost", port: server.port).handshake(to: address, caFile: nil)
        }
      }
      shaking.cancel()
      #expect(await shaking.value?.kind == .cancelled)
    }
  }

  @Test(
    arguments: [
      (
        "HTTP/1.1 426 Upgrade\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n", .some("Sun, 06 Nov")
      ),
      ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", nil),
    ] as [(String, String?)])
  func `the date of an answer`(_ answer: String, _ date: String?) async throws {
    try await RawServer.with { connection in
      let head = try await connection.read(until: "\r\n\r\n")
      #expect(head.hasPrefix("GET /socket HTTP/1.1\r\nHost: 127.0.0.1:"))
      try await connection.write(answer)
    } _: { server in
      let probe = NetworkProbe(host: "127.0.0.1", port: server.port)
      let field = try await probe.dateField(of: "/socket", isSecure: false, caFile: nil, limit: .seconds(5))
      #expect(field?.prefix(11) == date?.prefix(11))
    }
  }

  @Test func `what a certificate tells of itself gives the reason`() throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let server = try #require(try NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).first)
    let authority = try #require(try NIOSSLCertificate.fromPEMFile(certificates.path("ca.pem")).first)
    let (shown, own) = (PeerCertificate(server), PeerCertificate(authority))
    let now = Date()
    #expect(TrustFault(shown, isOtherName: false, at: now).reason == .unknownIssuer)
    #expect(TrustFault(own, isOtherName: false, at: now).reason == .selfSigned)
    #expect(TrustFault(shown, isOtherName: false, at: now + 3 * 86_400).reason == .expired)
    #expect(TrustFault(shown, isOtherName: false, at: now - 86_400).reason == .notYetValid)
    #expect(TrustFault(shown, isOtherName: true, at: now).words.hasPrefix("it is for localhost, not"))
    #expect(TrustFault(own, isOtherName: true, at: now).words == "it is for another name")
    #expect(TrustFault(nil, isOtherName: false, at: now).reason == .unknown)
  }

  @Test(
    arguments: [
      ("https://gateway.example/a?token=x", .some("https://gateway.example")), ("/socket?token=x", nil),
      ("https://user:pw@gateway.example/", nil), ("wss://[::1]:4000", .some("wss://[::1]:4000")), ("https:///x", nil),
      ("ht\u{1B}tps://a/", nil),
    ] as [(String, String?)])
  func `the place of a redirect has no path`(_ location: String, _ place: String?) {
    #expect(ClientUpgradeHandler.place(location) == place)
  }
}
