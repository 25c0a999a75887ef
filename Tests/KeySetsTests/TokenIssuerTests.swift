import Foundation
import Testing

@testable import KeySets

@Suite struct TokenIssuerTests {
  @Test func `an issued token verifies and has the five claims`() async throws {
    let token = try TokenIssuer(secret: TestSigner.secret).issue(
      subject: "alice", pathID: "demo/ä", id: "1", issuedAt: Date(timeIntervalSince1970: 1000.9), lifetime: .seconds(60)
    )
    let rules = TokenRules(
      algorithms: [.hs256], leeway: .zero, requiredClaims: ["sub", "jti", "path_id", "iat", "exp"])
    let keys = FixedKeySource(try KeySet(secret: TestSigner.secret))
    let verified = try await TokenVerifier(keys: keys, rules: rules).verify(
      token, at: Date(timeIntervalSince1970: 1059))
    #expect(
      String(decoding: verified.payload, as: UTF8.self)
        == #"{"exp":1060,"iat":1000,"jti":"1","path_id":"demo/ä","sub":"alice"}"#)
    #expect(await rejection(of: token, by: keys, rules, at: 1060) == .expired)
    let others = FixedKeySource(try KeySet(secret: "another"))
    #expect(await rejection(of: token, by: others, rules, at: 1000) == .badSignature)
  }

  @Test func `any claims can be signed, even with a short secret`() async throws {
    let token = try TokenIssuer(secret: "s").issue(claims: ["aud": "billing", "level": 3])
    let keys = FixedKeySource(try KeySet(secret: "s"))
    let rules = TokenRules(algorithms: [.hs256], audience: "billing", requiredClaims: ["level"])
    #expect(await rejection(of: token, by: keys, rules) == nil)
  }

  @Test func `an empty secret and a life without end are refused`() throws {
    #expect(throws: KeySetError.self) { try TokenIssuer(secret: "") }
    let issuer = try TokenIssuer(secret: "s")
    for lifetime in [Duration.seconds(Int64.max), .seconds(Int64.min), .seconds(300_000_000_000)] {
      #expect(throws: KeySetError.self) {
        try issuer.issue(
          subject: "a", pathID: "b", id: "c", issuedAt: Date(timeIntervalSince1970: 0), lifetime: lifetime)
      }
    }
  }
}
