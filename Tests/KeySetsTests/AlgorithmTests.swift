import CryptoExtras
import Foundation
import Testing

@testable import KeySets

@Suite struct AlgorithmTests {
  static let all = TokenRules(algorithms: Set(SignatureAlgorithm.allCases))

  @Test(arguments: SignatureAlgorithm.allCases)
  func `a token of each algorithm verifies with a key of its kind and with no other`(
    _ algorithm: SignatureAlgorithm
  ) async throws {
    let token = try TestSigner.token(algorithm, #"{"sub":"a"}"#)
    for other in [SignatureAlgorithm.hs256, .rs256, .es256, .es384, .es512, .edDSA] {
      let keys = try TestSigner.keySet(for: other)
      let kind = await rejection(of: token, by: FixedKeySource(keys), Self.all)
      #expect(kind == (other.kind == algorithm.kind ? nil : .keyNotFound))
      #expect(keys.supports(algorithm) == (other.kind == algorithm.kind))
    }
  }

  @Test(arguments: SignatureAlgorithm.allCases)
  func `a signature that lost a bit, an octet or everything is bad`(_ algorithm: SignatureAlgorithm) async throws {
    let keys = FixedKeySource(try TestSigner.keySet(for: algorithm))
    let parts = try TestSigner.token(algorithm, #"{"sub":"a"}"#).split(separator: ".").map(String.init)
    let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
    let flipped = [signature[0] ^ 1] + signature.dropFirst()
    for wrong in [flipped, signature.dropLast() + [], [], signature + [0]] {
      let token = "\(parts[0]).\(parts[1]).\(Base64URL.encode(wrong))"
      #expect(await rejection(of: token, by: keys, Self.all) == .badSignature)
    }
    let payload = Base64URL.encode(Array(#"{"sub":"b"}"#.utf8))
    #expect(await rejection(of: "\(parts[0]).\(payload).\(parts[2])", by: keys, Self.all) == .badSignature)
  }

  @Test func `a public key is never taken for an HMAC secret`() async throws {
    let pem = try TestSigner.rsa.get().publicKey.pemRepresentation
    let keys = FixedKeySource(try KeySet(pem: pem))
    for secret in [pem, pem + "\n", pem.replacingOccurrences(of: "\n", with: "")] {
      let forged = TestSigner.hs256(header: #"{"alg":"HS256"}"#, secret: secret)
      #expect(await rejection(of: forged, by: keys, TokenRules(algorithms: [.rs256, .hs256])) == .keyNotFound)
      #expect(await rejection(of: forged, by: keys, TokenRules(algorithms: [.rs256])) == .algorithmNotAllowed)
    }
    #expect(fault { () throws(KeySetError) in try KeySet(secret: pem) } == .wrongKeyClass)
  }

  @Test(arguments: ["none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "ES256K", "RSA-OAEP", "HS1"])
  func `an algorithm that is not named exactly is not allowed`(_ name: String) async throws {
    let keys = FixedKeySource(try TestSigner.keySet(for: .hs256))
    let signed = TestSigner.hs256(header: #"{"alg":"\#(name)"}"#)
    #expect(await rejection(of: signed, by: keys, Self.all) == .algorithmNotAllowed)
    let unsigned = signed.split(separator: ".").dropLast().joined(separator: ".") + "."
    #expect(await rejection(of: unsigned, by: keys, Self.all) == .algorithmNotAllowed)
    #expect(SignatureAlgorithm(rawValue: name) == nil)
  }

  @Test func `where no algorithm is allowed nobody is let in`() async throws {
    let keys = FixedKeySource(try TestSigner.keySet(for: .hs256))
    let token = try TestSigner.token(.hs256, "{}")
    #expect(await rejection(of: token, by: keys, TokenRules(algorithms: [])) == .algorithmNotAllowed)
  }

  @Test func `the minimum of a secret is the size of the hash`() {
    let sizes = SignatureAlgorithm.allCases.compactMap(\.minimumSecretSize)
    #expect(sizes == [32, 48, 64])
  }
}
