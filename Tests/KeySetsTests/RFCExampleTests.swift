import Crypto
import Foundation
import Testing

@testable import KeySets

@Suite struct RFCExampleTests {
  @Test(arguments: [
    (RFCVectors.a2, RFCVectors.a2JWK, SignatureAlgorithm.rs256), (RFCVectors.a3, RFCVectors.a3JWK, .es256),
  ])
  func `the tokens of RFC 7515 A2 and A3 verify with their JWK until they expire`(
    _ token: String, _ jwk: String, _ algorithm: SignatureAlgorithm
  ) async throws {
    let keys = FixedKeySource(try KeySet(jwks: RFCVectors.jwks(jwk)))
    let rules = TokenRules(algorithms: [algorithm], issuer: "joe", leeway: .zero)
    let verified = try await TokenVerifier(keys: keys, rules: rules)
      .verify(token, at: Date(timeIntervalSince1970: RFCVectors.expiry - 1))
    #expect(verified.algorithm == algorithm)
    #expect(verified.keyID == nil)
    #expect(verified.issuer == "joe")
    #expect(verified.expiresAt == Date(timeIntervalSince1970: RFCVectors.expiry))
    #expect(verified.text(of: "http://example.com/is_root") == "true")
    let text = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    #expect(verified.payload == Array(text.utf8))
    #expect(await rejection(of: token, by: keys, rules, at: RFCVectors.expiry) == .expired)
  }

  /// The key of A.1 is not UTF-8, so it cannot be given as text.
  @Test func `the token of RFC 7515 A1 verifies with its key`() async throws {
    let octets = try #require(Base64URL.decode(Array(RFCVectors.a1Key.utf8)[...]))
    let keys = FixedKeySource(KeySet(entries: [KeySet.Entry(.secret(SymmetricKey(data: octets)))]))
    let rules = TokenRules(algorithms: [.hs256])
    #expect(await rejection(of: RFCVectors.a1, by: keys, rules, at: RFCVectors.expiry - 1) == nil)
    let hs512 = TokenRules(algorithms: [.hs512])
    #expect(await rejection(of: RFCVectors.a1, by: keys, hs512, at: RFCVectors.expiry - 1) == .algorithmNotAllowed)
  }

  @Test(arguments: [
    (RFCVectors.a4JWK, RFCVectors.a4Input, RFCVectors.a4Signature, SignatureAlgorithm.es512),
    (RFCVectors.ed25519JWK, RFCVectors.ed25519Input, RFCVectors.ed25519Signature, .edDSA),
  ])
  func `the signatures of RFC 7515 A4 and RFC 8037 A4 verify, and their payloads are no claims`(
    _ jwk: String, _ input: String, _ signature: String, _ algorithm: SignatureAlgorithm
  ) async throws {
    let keys = try KeySet(jwks: RFCVectors.jwks(jwk))
    let key = try #require(keys.entries.first?.key)
    var octets = try #require(Base64URL.decode(Array(signature.utf8)[...]))
    #expect(key.verifies(octets, of: Array(input.utf8)[...], with: algorithm))
    octets[octets.count - 1] ^= 1
    #expect(!key.verifies(octets, of: Array(input.utf8)[...], with: algorithm))
    let rules = TokenRules(algorithms: [algorithm])
    #expect(await rejection(of: "\(input).\(signature)", by: FixedKeySource(keys), rules) == .malformed)
  }
}
