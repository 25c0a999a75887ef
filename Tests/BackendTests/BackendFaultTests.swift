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
    let port = try await RawClient.closedPort()
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
    ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "backend-malformed"),
    ("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", "backend-malformed"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1", "backend-malformed"),
    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "backend-malformed"),
  ])
  func `a backend that dies or babbles is never a whole answer`(answer: String, code: String) async throws {
    try await withBackend { connection in
      _ = try await connection.readHead()
      try await connection.write(answer)
    } _: { client, origin in
      #expect(await client.code(of: BackendRequest(origin: origin)) == code)
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
    try await withClient(caFile: certificates.path("ca.pem")) { client in
      let text = try await client.respond(to: named).body.text
      #expect(text == "safe")
      #expect(await client.code(of: numbered) == "backend-not-trusted")
    }
    for caFile in [certificates.path("other.pem"), nil] {
      try await withClient(caFile: caFile) { client in
        #expect(await client.code(of: named) == "backend-not-trusted")
      }
    }
    await server.stop()
    #expect(throws: BackendFault.self) {
      var configuration = AsyncHTTPClientTransport.Configuration()
      configuration.caFile = certificates.path("missing.pem")
      _ = try AsyncHTTPClientTransport(configuration)
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
