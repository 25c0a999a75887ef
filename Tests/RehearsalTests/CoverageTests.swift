import PipelineFile
import Rehearsal
import StandardStages
import TelephoneKit
import Testing

@Suite("coverage") struct CoverageTests {
  private func missed(_ tests: String) async throws -> [String] {
    let suite = try Suite().load(tests)
    var coverage = Coverage()
    for result in await TestRunner(logger: Support.logger).run(suite.tests, atOnce: 1) {
      coverage.join(result.coverage)
    }
    return coverage.missed(of: Coverage.items(of: suite.pipeline)).map(\.words)
  }

  @Test func `turns, conditions both ways, and the answers that options leave are counted`() throws {
    let items = Coverage.items(of: try Suite().load("").pipeline)
    #expect(
      items.filter { $0.step == "few" }.map(\.words) == [
        "'few' never had its turn", "the 'when' of 'few' was never true", "the 'when' of 'few' was never false",
        "'few' never answered 429 rate-limited",
      ])
    #expect(items.filter { $0.step == "forward" }.map(\.words) == ["'forward' never had its turn"])
    #expect(items.allSatisfy { $0.place.file == "shop.yaml" })
    let codes = items.filter { $0.step == "verify-jwt" }.compactMap { item -> String? in
      if case .answer(_, let code) = item.kind { code } else { nil }
    }
    #expect(
      codes.sorted() == [
        "invalid-token-request", "no-token", "token-algorithm", "token-expired", "token-malformed",
        "token-not-yet-valid", "token-signature",
      ])
  }

  @Test func `one request reaches what lies on its way`() async throws {
    let missed = try await missed("tests: [{ name: it, request: { target: /limited }, expect: { status: 200 } }]")
    #expect(!missed.contains { $0.contains("normalize-path' never had") || $0.contains("'forward'") })
    #expect(
      missed.contains("the 'when' of 'few' was never false") && !missed.contains("the 'when' of 'few' was never true"))
    #expect(missed.contains("the 'when' of 'verify-jwt' was never true"))
    #expect(missed.contains("'few' never answered 429 rate-limited"))
  }

  @Test func `a mock has not the turn of its step, and its refusal is none of it, but its condition counts`()
    async throws
  {
    let missed = try await missed(
      """
      tests:
        - name: it
          mocks: { few: { refuse: { status: 429, code: rate-limited } } }
          request: { target: /limited }
          expect: { status: 429 }
      """)
    #expect(missed.contains("'few' never had its turn") && missed.contains("'few' never answered 429 rate-limited"))
    #expect(!missed.contains("the 'when' of 'few' was never true"))
  }

  @Test func `verify-jwt is asked for what its options allow`() throws {
    var options = VerifyJWT.Options()
    options.jwks = "https://id.example.com/keys"
    options.issuer = "a"
    options.audience = "b"
    options.require = ["exp"]
    options.claimsToHeaders = ["sub": "X-User"]
    #expect(VerifyJWT.answers(with: options) == VerifyJWT.answers)
    options.jwks = "keys.json"
    #expect(!VerifyJWT.answers(with: options).contains { $0.code == "keys-unavailable" })
    #expect(VerifyJWT.answers(with: options).contains { $0.code == "token-key" })
  }
}
