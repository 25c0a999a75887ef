import HTTPWire
import NIOCore
import NIOSSL
import PhoenixChannels
import TestSupport
import Testing

/// What a dial that fails is told as.
@Suite(.timeLimit(.minutes(1))) struct DialFailureTests {
  private func failure(
    _ url: String, clock: any Clock<Duration> = ContinuousClock(), caFile: String? = nil
  ) async -> DialFailure? {
    var dialer = PhoenixDialer(clock: clock, logger: quiet)
    dialer.connectTimeout = .seconds(9)
    dialer.caFile = caFile
    do throws(DialFailure) {
      _ = try await dialer.dial(SocketURL(gateway: url, token: "sesame"))
      return nil
    } catch {
      #expect(!error.sentence.contains("sesame"))
      return error
    }
  }

  @Test(
    arguments: [
      ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", .tokenRefused),
      ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", .upgradeRefused(status: 503)),
      ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .notAWebSocket), ("SSH-2.0\r\n\r\n", .notAWebSocket),
      ("", .connectionLost),
    ] as [(String, DialFailure.Kind)])
  func `an answer that is no upgrade`(_ answer: String, _ kind: DialFailure.Kind) async throws {
    try await RawServer.with { connection in
      _ = try await connection.read(until: "\r\n\r\n")
      if !answer.isEmpty { try await connection.write(answer) }
    } _: { server in
      let failure = await failure("ws://127.0.0.1:\(server.port)/socket")
      #expect(failure?.kind == kind)
    }
  }

  @Test func `nobody listens`() async throws {
    let failure = await failure("ws://127.0.0.1:\(try RawClient.closedPort())/socket")
    #expect(failure?.kind == .connectionRefused)
  }

  @Test func `a name that does not exist`() async {
    #expect(await failure("ws://no-such-host.invalid/socket")?.kind == .nameNotResolved)
  }

  @Test func `a port that speaks no TLS`() async throws {
    try await RawServer.with { connection in
      _ = await connection.readSome()
      try await connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    } _: { server in
      let failure = await failure("wss://127.0.0.1:\(server.port)/socket")
      #expect(failure?.kind == .tlsFailed)
    }
  }

  @Test func `a certificate that is not trusted is told by its name and its issuer`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { await $0.waitForEnd() })
    let failure = await failure("wss://localhost:\(server.port)/socket", caFile: certificates.path("other.pem"))
    await server.stop()
    #expect(failure?.kind == .tlsNotTrusted)
    #expect(failure?.sentence.contains("It is CN=localhost, issued by CN=ca, valid from ") == true)
  }

  @Test func `a redirect is told without what may hold a token`() async throws {
    try await RawServer.with { connection in
      let head = try await connection.read(until: "\r\n\r\n")
      #expect(head.contains("sesame"))
      try await connection.write(
        "HTTP/1.1 301 Moved\r\nLocation: https://gateway.example/sesame?token=sesame\r\nContent-Length: 0\r\n\r\n")
    } _: { server in
      let failure = await failure("ws://127.0.0.1:\(server.port)/socket")
      #expect(failure?.kind == .upgradeRefused(status: 301))
      #expect(failure?.sentence.hasSuffix("with status 301 (it redirects to https://gateway.example).") == true)
    }
  }

  @Test func `no URL of a WebSocket`() async {
    #expect(await failure("http://127.0.0.1/socket")?.kind == .invalidURL)
  }

  @Test func `no answer in time`() async throws {
    let clock = TestClock()
    try await RawServer.with { connection in
      await connection.waitForEnd()
    } _: { server in
      let url = "ws://127.0.0.1:\(server.port)/socket"
      let kind = await clock.expiring(.seconds(9)) { await failure(url, clock: clock)?.kind }
      #expect(kind == .upgradeTimedOut || kind == .connectTimedOut)
    }
  }
}
