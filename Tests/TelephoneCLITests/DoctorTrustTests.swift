import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

/// What is told of the gateway's certificate, on real TLS.
@Suite("telephone doctor and certificates", .timeLimit(.minutes(1)))
struct DoctorTrustTests {
  private func visit(_ port: Int, _ caFile: String) async throws -> Visit {
    try Visit(
      try await Program(environment: ["TELEPHONE_CA_FILE": caFile])
        .run("doctor", "--timeout", "50s", "--format", "json", "--gateway", "wss://localhost:\(port)/x"))
  }

  @Test func `a certificate is told with its issuer and its days, also when it is not trusted`() async throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(certificates.path("server.pem")).map { .certificate($0) },
        privateKey: .privateKey(NIOSSLPrivateKey(file: certificates.path("server.key"), format: .pem))))
    let server = try await RawServer.start(
      configure: { try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) },
      { connection in
        _ = try await connection.read(until: "\r\n\r\n")
        try await connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      })

    let trusted = try await visit(server.port, certificates.path("ca.pem"))
    // It lives for two days.
    #expect(trusted["tls"]?.verdict == "warning")
    #expect(trusted["tls"]?.sentence.hasPrefix("TLS 1.3, trusted by TELEPHONE_CA_FILE") == true)
    #expect(trusted["tls"]?.sentence.contains("CN=localhost, issued by CN=ca") == true)
    #expect(trusted["tls"]?.sentence.hasSuffix("1 day left") == true)
    #expect(trusted["clock"]?.verdict == "ok")
    // The server listens on one of the two addresses of the name.
    #expect(trusted["tcp"]?.sentence.contains("127.0.0.1:\(server.port) ") == true)

    let foreign = try await visit(server.port, certificates.path("other.pem"))
    #expect(foreign["tls"]?.verdict == "FAIL")
    #expect(foreign["tls"]?.sentence.contains("no authority that is trusted has signed it") == true)
    #expect(foreign["tls"]?.sentence.contains("It is CN=localhost, issued by CN=ca, valid from") == true)
    #expect(foreign["clock"]?.verdict == "skipped")
    await server.stop()
  }
}
