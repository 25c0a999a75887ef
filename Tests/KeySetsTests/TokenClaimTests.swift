import Foundation
import Testing

@testable import KeySets

@Suite struct TokenClaimTests {
  private func kind(
    _ payload: String, _ change: (inout TokenRules) -> Void = { _ in }, at now: Double = 1000
  ) async throws -> TokenRejection.Kind? {
    var rules = TokenRules(algorithms: [.hs256])
    change(&rules)
    let token = try TestSigner.token(.hs256, payload)
    return await rejection(of: token, by: FixedKeySource(try TestSigner.keySet(for: .hs256)), rules, at: now)
  }

  @Test(arguments: [
    (1029.0, nil), (1029.999, nil), (1030.0, TokenRejection.Kind.expired), (999_999.0, .expired), (-5.0, nil),
  ])
  func `a token expires when exp and the leeway are over`(_ now: Double, _ expected: TokenRejection.Kind?) async throws
  {
    #expect(try await kind(#"{"exp":1000}"#, at: now) == expected)
  }

  @Test(arguments: [(970.0, nil), (969.999, TokenRejection.Kind.notYetValid), (0.0, .notYetValid), (2000.0, nil)])
  func `a token is valid from nbf less the leeway on`(_ now: Double, _ expected: TokenRejection.Kind?) async throws {
    #expect(try await kind(#"{"nbf":1000}"#, at: now) == expected)
  }

  @Test func `without leeway the borders are those of RFC 7519`() async throws {
    for leeway in [Duration.zero, .seconds(-60)] {
      #expect(try await kind(#"{"exp":1000}"#, { $0.leeway = leeway }, at: 999.5) == nil)
      #expect(try await kind(#"{"exp":1000}"#, { $0.leeway = leeway }, at: 1000) == .expired)
      #expect(try await kind(#"{"nbf":1000}"#, { $0.leeway = leeway }, at: 1000) == nil)
      #expect(try await kind(#"{"nbf":1000}"#, { $0.leeway = leeway }, at: 999.5) == .notYetValid)
    }
  }

  @Test func `dates may have fractions and exponents`() async throws {
    #expect(try await kind(#"{"exp":1000.5}"#, { $0.leeway = .zero }, at: 1000.25) == nil)
    #expect(try await kind(#"{"exp":1000.5}"#, { $0.leeway = .zero }, at: 1000.5) == .expired)
    #expect(try await kind(#"{"exp":1e4,"nbf":1E+2,"iat":-0.0}"#) == nil)
  }

  @Test(
    arguments: ["exp", "nbf", "iat"],
    [
      #""1000""#, "null", "true", "[1000]", "{}", "1e400", "-1e400", "1e308", "9223372036854775808",
      "99999999999999999999999999", "253402300800", "1800000000000",
    ])
  func `a date that is no number of seconds is malformed`(_ claim: String, _ value: String) async throws {
    #expect(try await kind(#"{"\#(claim)":\#(value)}"#) == .malformed)
  }

  @Test func `an old exp and an iat that is yet to come are what they are`() async throws {
    #expect(try await kind(#"{"exp":-1}"#) == .expired)
    #expect(try await kind(#"{"iat":253402300799}"#) == nil)
  }

  @Test(arguments: [
    (#"{"aud":"billing"}"#, nil), (#"{"aud":["a","billing"]}"#, nil),
    (#"{"aud":[]}"#, TokenRejection.Kind.wrongAudience),
    (#"{"aud":"Billing"}"#, .wrongAudience), (#"{"aud":["a"]}"#, .wrongAudience), (#"{}"#, .wrongAudience),
    (#"{"aud":null}"#, .wrongAudience), (#"{"aud":["billing",1]}"#, .wrongAudience),
    (#"{"aud":{"billing":1}}"#, .wrongAudience),
  ])
  func `the audience is a string or one of several`(_ payload: String, _ expected: TokenRejection.Kind?) async throws {
    #expect(try await kind(payload, { $0.audience = "billing" }) == expected)
    #expect(try await kind(payload) == nil)
  }

  @Test(arguments: [
    (#"{"iss":"https://é.example"}"#, nil), (#"{"iss":"https://\u00e9.example"}"#, nil),
    (#"{"iss":"https://e\u0301.example"}"#, TokenRejection.Kind.wrongIssuer), (#"{}"#, .wrongIssuer),
    (#"{"iss":7}"#, .wrongIssuer), (#"{"iss":"https://é.example/"}"#, .wrongIssuer),
  ])
  func `the issuer is the same octet by octet`(_ payload: String, _ expected: TokenRejection.Kind?) async throws {
    #expect(try await kind(payload, { $0.issuer = "https://\u{E9}.example" }) == expected)
  }

  @Test func `claims that are required must be there and not null`() async throws {
    let payload = #"{"exp":5000,"sub":null,"admin":false}"#
    #expect(try await kind(payload, { $0.requiredClaims = ["exp", "admin"] }) == nil)
    #expect(try await kind(payload, { $0.requiredClaims = ["sub"] }) == .missingClaim)
    #expect(try await kind(payload, { $0.requiredClaims = ["jti"] }) == .missingClaim)
  }

  @Test func `the checks come in order`() async throws {
    let rules: (inout TokenRules) -> Void = {
      $0.issuer = "i"
      $0.audience = "a"
      $0.requiredClaims = ["r"]
    }
    #expect(try await kind(#"{"exp":1,"nbf":9999,"iat":"x"}"#, rules) == .malformed)
    #expect(try await kind(#"{"exp":1,"nbf":9999}"#, rules) == .expired)
    #expect(try await kind(#"{"nbf":9999}"#, rules) == .notYetValid)
    #expect(try await kind(#"{}"#, rules) == .wrongIssuer)
    #expect(try await kind(#"{"iss":"i"}"#, rules) == .wrongAudience)
    #expect(try await kind(#"{"iss":"i","aud":"a"}"#, rules) == .missingClaim)
    #expect(try await kind(#"{"iss":"i","aud":"a","r":0}"#, rules) == nil)
  }

  @Test func `only issuer, audience and missing claims are wrong claims`() {
    let wrong = TokenRejection.Kind.allCases.filter { TokenRejection($0, "").isWrongClaim }
    #expect(wrong == [.wrongIssuer, .wrongAudience, .missingClaim])
    #expect(TokenRejection.Kind.allCases.allSatisfy { TokenRejection($0, "").isInvalidToken != wrong.contains($0) })
  }

  @Test func `claims are handed on as they were written`() async throws {
    let payload = #"{"id":9007199254740993,"n":1.50,"ok":true,"s":"ä\n","o":{},"a":[1],"z":null}"#
    let keys = FixedKeySource(try TestSigner.keySet(for: .hs256))
    let verified = try await TokenVerifier(keys: keys, rules: TokenRules(algorithms: [.hs256]))
      .verify(try TestSigner.token(.hs256, payload, header: #""kid":"k""#), at: Date(timeIntervalSince1970: 0))
    #expect(["id", "n", "ok", "s"].map(verified.text(of:)) == ["9007199254740993", "1.50", "true", "ä\n"])
    #expect(["o", "a", "z", "none"].allSatisfy { verified.text(of: $0) == nil })
    #expect(verified.payload == Array(payload.utf8))
    #expect(verified.keyID == "k")
  }

  @Test func `no sentence holds what a token says`() async throws {
    let keys = FixedKeySource(try TestSigner.keySet(for: .hs256))
    let rules = TokenRules(algorithms: [.hs256], issuer: "i", audience: "a", requiredClaims: ["r"])
    let mark = "zq9"
    let tokens = [
      mark, "\(mark).\(mark).\(mark)", TestSigner.hs256(header: #"{"alg":"\#(mark)"}"#),
      try TestSigner.token(.hs256, #"{"exp":"\#(mark)"}"#), try TestSigner.token(.hs256, #"{"iss":"\#(mark)"}"#),
      try TestSigner.token(.hs256, #"{"iss":"i","aud":"\#(mark)"}"#), try TestSigner.token(.hs256, "{\(mark)}"),
      try TestSigner.token(.rs256, "{}", header: #""kid":"\#(mark)""#),
    ]
    for token in tokens {
      let error = await #expect(throws: TokenRejection.self) {
        try await TokenVerifier(keys: keys, rules: rules).verify(token, at: Date(timeIntervalSince1970: 0))
      }
      #expect(error.map { !"\($0) \($0.sentence)".contains(mark) } == true)
    }
  }
}
