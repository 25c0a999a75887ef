import HTTPTypes
import Testing

@testable import Backend

struct RetryRuleTests {
  /// The one case in which anything may be sent again: a kept connection that was dead, at the first try.
  private static let dead = RetryRule.Try(
    onKeptConnection: true, sentOctets: true, gotOctets: false, bodyIsWhole: true)

  @Test(arguments: [HTTPRequest.Method.get, .head, .options, .trace])
  func `a safe request without a body goes again`(method: HTTPRequest.Method) {
    #expect(RetryRule.mayRetry(method, hasBody: false, after: Self.dead, tries: 1))
    #expect(!RetryRule.mayRetry(method, hasBody: true, after: Self.dead, tries: 1))
  }

  @Test(arguments: [HTTPRequest.Method.post, .put, .delete, .patch, .connect, .init("PROPFIND")!, .init("get")!])
  func `any other goes again only if not one octet of it was sent`(method: HTTPRequest.Method) {
    var failed = Self.dead
    #expect(!RetryRule.mayRetry(method, hasBody: false, after: failed, tries: 1))
    failed.sentOctets = false
    #expect(RetryRule.mayRetry(method, hasBody: false, after: failed, tries: 1))
    #expect(RetryRule.mayRetry(method, hasBody: true, after: failed, tries: 1))
  }

  @Test(arguments: [
    RetryRule.Try(onKeptConnection: false, sentOctets: true, gotOctets: false, bodyIsWhole: true),
    RetryRule.Try(onKeptConnection: true, sentOctets: true, gotOctets: true, bodyIsWhole: true),
    RetryRule.Try(onKeptConnection: true, sentOctets: true, gotOctets: false, bodyIsWhole: false),
  ])
  func `nothing goes again on a fresh connection, after an octet of an answer, or with half of a body`(
    failed: RetryRule.Try
  ) {
    var failed = failed
    for sent in [true, false] {
      failed.sentOctets = sent
      #expect(!RetryRule.mayRetry(.get, hasBody: false, after: failed, tries: 1))
    }
  }

  @Test func `nothing goes a third time`() {
    var failed = Self.dead
    failed.sentOctets = false
    #expect(!RetryRule.mayRetry(.get, hasBody: false, after: failed, tries: 2))
  }
}
