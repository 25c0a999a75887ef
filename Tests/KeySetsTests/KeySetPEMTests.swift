import Crypto
import Testing

@testable import KeySets

@Suite struct KeySetPEMTests {
  /// A PEM text that a test report shows by its name.
  struct Sample: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let pem: String

    init(_ name: String, _ pem: String) {
      testDescription = name
      self.pem = pem
    }

    static let privateKey = P256.Signing.PrivateKey().pemRepresentation
  }

  @Test(arguments: [
    (Sample("RSA", PEMFixtures.rsa), KeyKind.rsa), (Sample("PKCS 1", PEMFixtures.rsaPKCS1), .rsa),
    (Sample("RSA certificate", PEMFixtures.rsaCertificate), .rsa), (Sample("P-256", PEMFixtures.p256), .p256),
    (Sample("P-256 certificate", PEMFixtures.p256Certificate), .p256),
    (Sample("Ed25519", PEMFixtures.ed25519), .ed25519),
    (Sample("CRLF", PEMFixtures.p256.split(separator: "\n").joined(separator: "\r\n") + "\r\n"), .p256),
    (Sample("text before", "A comment.\n" + PEMFixtures.rsa), .rsa),
  ])
  func `a public key or certificate is one key of its kind`(_ sample: Sample, _ kind: KeyKind) throws {
    let keys = try KeySet(pem: sample.pem)
    #expect(keys.count == 1)
    #expect(keys.kinds == [kind])
    #expect(keys.leftOut.isEmpty)
  }

  @Test(arguments: [
    (Sample("RSA of 1024 bits", PEMFixtures.rsa1024), KeySetError.Kind.weakKey),
    (Sample("secp256k1", PEMFixtures.secp256k1), .unsupportedKey),
    (Sample("private", Sample.privateKey), .wrongKeyClass),
    (Sample("encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA"), .wrongKeyClass),
    (Sample("public, then private", PEMFixtures.p256 + "\n" + Sample.privateKey), .wrongKeyClass),
    (Sample("two keys", PEMFixtures.p256 + "\n" + PEMFixtures.rsa), .malformed),
    (Sample("empty", ""), .malformed), (Sample("OpenSSH", "ssh-ed25519 AAAA"), .malformed),
    (Sample("a request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA"), .malformed),
    (Sample("no label", "-----BEGIN -----"), .malformed),
    (Sample("a line only", "-----BEGIN PUBLIC KEY-----"), .unsupportedKey),
    (Sample("half a certificate", "-----BEGIN CERTIFICATE-----\nAAAA"), .unsupportedKey),
    (Sample("no DER", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), .unsupportedKey),
    (Sample("long", String(repeating: "x", count: KeySet.maximumPEMSize + 1)), .tooLarge),
  ])
  func `what is no public key that can be used is refused`(_ sample: Sample, _ kind: KeySetError.Kind) {
    #expect(fault { () throws(KeySetError) in try KeySet(pem: sample.pem) } == kind)
  }

  @Test func `a secret is anything that is not empty and not public`() throws {
    #expect(try KeySet(secret: "x").kinds == [.symmetric])
    #expect(fault { () throws(KeySetError) in try KeySet(secret: "") } == .empty)
    #expect(fault { () throws(KeySetError) in try KeySet(secret: PEMFixtures.p256Certificate) } == .wrongKeyClass)
  }
}
