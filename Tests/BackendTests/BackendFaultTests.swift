import Foundation
import HTTPTypes
import NIOCore
import NIOSSL
import TelephoneKit
import TestSupport
import Testing

@testable import Backend

@Suite(.timeLimit(.minutes(1)))
struct BackendFaultTests {
  @Test func `a backend that refuses is 502 at once`() async throws {
    let port = try RawClient.closedPort()
    try await withClient { client in
      for host in ["127.0.0.1", "localhost"] {
        let request = BackendRequest(origin: Origin(scheme: .http, host: host, port: port))
        await #expect { try await client.respond(to: request) } throws: { error in
          let failure = error as? Failure
          return failure?.code == "backend-refused" && failure?.status == .badGateway && failure?.cause != nil
        }
      }
    }
  }

  @Test func `a name that cannot be resolved is 502`() async throws {
    try await withClient { client in
      let request = BackendRequest(origin: Origin(scheme: .http, host: "no-such-host.invalid"))
      #expect(await client.code(of: request) == "backend-name-not-resolved")
    }
  }

  @Test(arguments: [
    ("", "backend-closed"),
    ("HTTP/1.1 200 OK\r\nContent-", "backend-closed"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "backend-cut-off"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "backend-cut-off"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123", "backend-cut-off"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "backend-cut-off"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n", "backend-cut-off"),
  ])
  func `a backend that dies is never a whole answer`(answer: String, code: String) async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write(answer)
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin)) == code)
    }
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nName : 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \u{0}\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \(String(repeating: "a", count: 70_000))\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\(String(repeating: "A: 1\r\n", count: 300))\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  ])
  func `a backend that babbles is 502`(answer: String) async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write(answer)
      await connection.waitForEnd()
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-malformed")
    }
  }

  @Test(arguments: ["", "/a b", "/\u{e9}", "/\r\nX: 1", "/\u{0}"])
  func `a target that cannot be written is not sent`(target: String) async throws {
    let heads = Counter()
    try await withBackend { connection in
      while true {
        _ = try await connection.readHead()
        heads.next()
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin, target: target)) == "backend-unsendable")
      #expect(await client.code(of: BackendRequest(origin: origin)) == nil)
      #expect(heads.count == 1)
    }
  }

  @Test func `a body that is longer than it said is not sent as whole`() async throws {
    try await withBackend { connection in
      _ = await connection.readAll()
    } _: { client, origin in
      let upload = FedBody()
      upload.feed("some")
      upload.feed("more")
      let request = BackendRequest(origin: origin, method: .post, body: Body(length: 6, source: upload))
      #expect(await client.code(of: request) == "backend-unsendable")
    }
  }

  @Test func `a reset inside the body is a cut too`() async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
      await connection.reset()
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin)) == "backend-cut-off")
    }
  }

  @Test func `an answer without a length ends with the connection`() async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\n\r\nall there is")
    } _: { client, origin in
      let text = try await client.respond(to: BackendRequest(origin: origin)).body.text
      #expect(text == "all there is")
    }
  }

  @Test func `what the request's body throws comes out as it is`() async throws {
    try await withBackend { connection in
      _ = await connection.readAll()
    } _: { client, origin in
      let upload = FedBody()
      upload.feed("some")
      upload.end(throwing: Refusal(status: .contentTooLarge, code: "body-too-large", "Too large."))
      let request = BackendRequest(origin: origin, method: .post, body: Body(source: upload))
      await #expect { try await client.respond(to: request) } throws: { error in
        (error as? Refusal)?.code == "body-too-large"
      }
    }
  }

  @Test func `and after the head it breaks the answer`() async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      _ = await connection.readAll()
    } _: { client, origin in
      let upload = FedBody()
      let request = BackendRequest(origin: origin, method: .post, body: Body(source: upload))
      let response = try await client.respond(to: request)
      upload.end(throwing: Refusal(status: .contentTooLarge, code: "body-too-large", "Too large."))
      await #expect { try await response.body.next() } throws: { ($0 as? Refusal)?.code == "body-too-large" }
    }
  }

  @Test func `a body that is not as long as it said is not sent as whole`() async throws {
    try await withBackend { connection in
      _ = await connection.readAll()
    } _: { client, origin in
      let upload = FedBody()
      upload.feed("some")
      upload.end()
      let request = BackendRequest(origin: origin, method: .post, body: Body(length: 10, source: upload))
      #expect(await client.code(of: request) == "backend-unsendable")
    }
  }

  @Test func `cancelling ends the backend's connection, before the head and in the body`() async throws {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"] {
      let (asked, ended) = (Signal(), Signal())
      try await withBackend { connection in
        _ = try await connection.readHead()
        try await connection.write(answer)
        asked.fire()
        await connection.waitForEnd()
        ended.fire()
      } _: { client, origin in
        let call = Task { try await client.respond(to: BackendRequest(origin: origin)).body.text }
        await asked.wait()
        call.cancel()
        await ended.wait()
        await #expect(throws: CancellationError.self) { try await call.value }
      }
    }
  }

  @Test func `a body that is given up ends the backend's connection`() async throws {
    let ended = Signal()
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
      await connection.waitForEnd()
      ended.fire()
    } _: { client, origin in
      let response = try await client.respond(to: BackendRequest(origin: origin))
      _ = try await response.body.next()
      await response.body.close()
      await ended.wait()
    }
  }

  @Test
  func `https is trusted by its CA file and its name, and not otherwise`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { connection in
        _ = try await connection.readHead()
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe")
      })
    let named = BackendRequest(origin: Origin(scheme: .https, host: "localhost", port: server.port))
    let numbered = BackendRequest(origin: Origin(scheme: .https, host: "127.0.0.1", port: server.port))
    try await withClient(configuration: .with(caFile: certificates.path("ca.pem"))) { client in
      let text = try await client.respond(to: named).body.text
      #expect(text == "safe")
      #expect(await client.code(of: numbered) == "backend-not-trusted")
    }
    for caFile in [certificates.path("other.pem"), nil] {
      try await withClient(configuration: .with(caFile: caFile)) { client in
        #expect(await client.code(of: named) == "backend-not-trusted")
      }
    }
    await server.stop()
    #expect(throws: BackendFault.self) {
      var configuration = PooledTransport.Configuration()
      configuration.caFile = certificates.path("missing.pem")
      _ = try PooledTransport(configuration)
    }
  }

  @Test func `a backend that speaks no TLS later than 1 point 1 is 502`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem)))
    configuration.minimumTLSVersion = .tlsv1
    configuration.maximumTLSVersion = .tlsv11
    let context = try NIOSSLContext(configuration: configuration)
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { connection in
        _ = try await connection.readHead()
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold")
      })
    try await withClient(configuration: .with(caFile: certificates.path("ca.pem"))) { client in
      let request = BackendRequest(origin: Origin(scheme: .https, host: "localhost", port: server.port))
      #expect(await client.code(of: request) == "backend-tls-failed")
    }
    await server.stop()
  }

  @Test func `an expired certificate is not trusted`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let signing = Process()
    signing.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    signing.arguments = [
      "openssl", "x509", "-req", "-in", certificates.path("server.csr"), "-CA", certificates.path("ca.pem"),
      "-CAkey", certificates.path("ca.key"), "-CAcreateserial", "-days", "-1", "-extfile",
      certificates.path("server.ext"), "-out", certificates.path("expired.pem"),
    ]
    signing.standardError = FileHandle.nullDevice
    try signing.run()
    signing.waitUntilExit()
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("expired.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    let server = try await RawServer.start(
      configure: { channel in
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
      }, { await $0.waitForEnd() })
    try await withClient(configuration: .with(caFile: certificates.path("ca.pem"))) { client in
      let request = BackendRequest(origin: Origin(scheme: .https, host: "localhost", port: server.port))
      #expect(await client.code(of: request) == "backend-not-trusted")
    }
    await server.stop()
  }

  @Test func `over TLS, an end without a farewell is a cut where there is no length`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    for isOrderly in [true, false] {
      let server = try await RawServer.start(
        configure: { channel in
          try channel.pipeline.syncOperations.addHandler(CutHandler())
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        },
        { connection in
          _ = try await connection.readHead()
          try await connection.write("HTTP/1.1 200 OK\r\n\r\nall")
          if !isOrderly { try await connection.write(CutHandler.mark) }
        })
      try await withClient(configuration: .with(caFile: certificates.path("ca.pem"))) { client in
        let request = BackendRequest(origin: Origin(scheme: .https, host: "localhost", port: server.port))
        #expect(await client.code(of: request) == (isOrderly ? nil : "backend-cut-off"))
      }
      await server.stop()
    }
  }

  @Test func `a backend that speaks no TLS is 502`() async throws {
    try await withBackend { connection in
      try await connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    } _: { client, origin in
      let request = BackendRequest(origin: Origin(scheme: .https, host: origin.host, port: origin.port))
      #expect(await client.code(of: request) == "backend-tls-failed")
    }
  }
}

/// Below TLS: ends the connection when a large write comes, so that TLS cannot say farewell.
private final class CutHandler: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What is written to make it do so.
  static let mark = [UInt8](repeating: 0x21, count: 15_000)

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if unwrapOutboundIn(data).readableBytes > 10_000 {
      promise?.fail(ChannelError.ioOnClosedChannel)
      context.close(promise: nil)
    } else {
      context.write(data, promise: promise)
    }
  }
}
