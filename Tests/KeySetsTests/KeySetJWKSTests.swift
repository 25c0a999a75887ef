import Crypto
import Foundation
import Testing

@testable import KeySets

@Suite struct KeySetJWKSTests {
  /// The P-256 key of RFC 7515 A.3 with more members.
  static func ec(_ members: String) -> String { RFCVectors.a3JWK.dropLast() + ",\(members)}" }

  private func kind(_ jwks: String) -> KeySetError.Kind? {
    fault { () throws(KeySetError) in try KeySet(jwks: jwks) }
  }

  @Test func `a set of all kinds is read, and unknown members are ignored`() throws {
    let keys = try KeySet(
      jwks: """
        {"keys":[\(RFCVectors.a2JWK),\(Self.ec(#""use":"sig","x5t":1,"key_ops":["sign","verify"]"#)),
        \(RFCVectors.a4JWK),\(RFCVectors.ed25519JWK)],"more":{}}
        """)
    #expect(keys.kinds == [.rsa, .p256, .p521, .ed25519])
    #expect(keys.leftOut.isEmpty)
  }

  @Test(arguments: [
    ec(#""use":"enc""#), ec(#""use":null"#), ec(#""key_ops":["sign"]"#), ec(#""alg":"ES384""#), ec(#""alg":"HS256""#),
    ec(#""alg":"ECDH-ES""#), ec(#""kid":1"#), #"{"kty":"AKP"}"#, #"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#,
    #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
    #"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#, #"{"kty":"RSA","n":"AAAA"}"#,
    #"{"kty":"RSA","n":"","e":""}"#, #"{"kty":"RSA","n":"\#(RFCVectors.a2Modulus)","e":"AA"}"#,
    #"{"kty":"RSA","n":"\#(PEMFixtures.modulus1024)","e":"AQAB"}"#, #"{"kty":"RSA","n":"??","e":"AQAB"}"#, "1", "{}",
  ])
  func `a key that cannot be used is left out, and a set of only such keys is refused`(_ key: String) throws {
    let keys = try KeySet(jwks: RFCVectors.jwks(key, RFCVectors.ed25519JWK))
    #expect(keys.kinds == [.ed25519])
    #expect(keys.leftOut.count == 1)
    #expect(kind(RFCVectors.jwks(key)) == (key.contains(PEMFixtures.modulus1024) ? .weakKey : .empty))
  }

  @Test(arguments: [
    ("", KeySetError.Kind.malformed), ("[]", .malformed), ("{}", .malformed), (#"{"keys":{}}"#, .malformed),
    (#"{"keys":[]}"#, .empty), (#"{"keys":[],"keys":[]}"#, .malformed), (RFCVectors.a3JWK, .malformed),
    (RFCVectors.jwks(RFCVectors.a3JWK, #"{"kty":"oct","k":"AAAA"}"#), .wrongKeyClass),
    (RFCVectors.jwks(RFCVectors.a2JWK, ec(#""d":"AAAA""#)), .wrongKeyClass),
  ])
  func `what is no set of public keys is refused`(_ jwks: String, _ expected: KeySetError.Kind) {
    #expect(kind(jwks) == expected)
  }

  @Test func `a shared secret in a JWKS is refused with a sentence that says why`() {
    let error = #expect(throws: KeySetError.self) { try KeySet(jwks: #"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#) }
    #expect(error?.sentence.contains("A JWKS is public") == true)
    #expect(error?.sentence.contains("c2VjcmV0") == false)
  }

  @Test func `a JWKS has at most 1 MiB and 256 keys`() throws {
    func many(_ count: Int) -> String {
      RFCVectors.jwks(Array(repeating: RFCVectors.ed25519JWK, count: count).joined(separator: ","))
    }
    #expect(try KeySet(jwks: many(KeySet.maximumKeys)).count == KeySet.maximumKeys)
    #expect(kind(many(KeySet.maximumKeys + 1)) == .tooLarge)
    func long(_ size: Int) -> String { many(1) + String(repeating: " ", count: size - many(1).utf8.count) }
    #expect(kind(long(KeySet.maximumJWKSSize)) == nil)
    #expect(kind(long(KeySet.maximumJWKSSize + 1)) == .tooLarge)
  }
}

@Suite struct KeyChoiceTests {
  static let payload = #"{"sub":"a"}"#

  /// A JWK of the key that ``TestSigner`` signs ES256 with, or of a stranger.
  static func jwk(stranger: Bool = false, _ members: String) -> String {
    guard !stranger else { return KeySetJWKSTests.ec(members) }
    let point = TestSigner.p256.publicKey.x963Representation
    let (x, y) = (Base64URL.encode(point.dropFirst().prefix(32)), Base64URL.encode(point.suffix(32)))
    return #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)",\#(members)}"#
  }

  private func kind(_ jwks: String, kid: String?) async throws -> TokenRejection.Kind? {
    let token = try TestSigner.token(.es256, Self.payload, header: kid.map { #""kid":"\#($0)""# } ?? "")
    return await rejection(of: token, by: FixedKeySource(try KeySet(jwks: jwks)), AlgorithmTests.all)
  }

  @Test func `a kid chooses its key and no other`() async throws {
    let jwks = RFCVectors.jwks(Self.jwk(#""kid":"ours""#), Self.jwk(stranger: true, #""kid":"other""#))
    #expect(try await kind(jwks, kid: "ours") == nil)
    #expect(try await kind(jwks, kid: "other") == .badSignature)
    #expect(try await kind(jwks, kid: "OURS") == .keyNotFound)
    #expect(try await kind(jwks, kid: "") == .keyNotFound)
  }

  @Test func `without a kid every key that fits is tried`() async throws {
    let jwks = RFCVectors.jwks(Self.jwk(stranger: true, #""kid":"other""#), Self.jwk(#""kid":"ours""#))
    #expect(try await kind(jwks, kid: nil) == nil)
    #expect(try await kind(RFCVectors.jwks(RFCVectors.a3JWK), kid: nil) == .badSignature)
  }

  @Test func `keys with one kid are all tried`() async throws {
    let jwks = RFCVectors.jwks(Self.jwk(stranger: true, #""kid":"k""#), Self.jwk(#""kid":"k""#))
    #expect(try await kind(jwks, kid: "k") == nil)
  }

  @Test func `a key without a kid is tried where no kid fits`() async throws {
    #expect(try await kind(RFCVectors.jwks(Self.jwk(#""use":"sig""#)), kid: "any") == nil)
    #expect(try await kind(RFCVectors.jwks(RFCVectors.a3JWK), kid: "any") == .badSignature)
  }

  @Test func `a kid of a key of another kind is not found`() async throws {
    let rsa = String(RFCVectors.a2JWK.dropLast()) + #","kid":"k"}"#
    #expect(try await kind(RFCVectors.jwks(rsa), kid: "k") == .keyNotFound)
  }

  @Test func `a JWK with an alg serves that algorithm only`() throws {
    let keys = try KeySet(jwks: RFCVectors.jwks(RFCVectors.a2JWK.dropLast() + #","alg":"PS256"}"#))
    #expect(SignatureAlgorithm.allCases.filter(keys.supports) == [.ps256])
  }
}
