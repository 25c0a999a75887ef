import Foundation
import HTTPTypes
import NIOCore
import TelephoneKit
import Testing

/// Requests, responses, claims, and errors as answers.
struct MessageTests {
  @Test(arguments: [
    ("/a/b?x=1", "/a/b", "x=1"), ("/a", "/a", nil), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("?", "", ""),
    ("/ü?ö", "/ü", "ö"), ("/a\u{301}?\u{301}x", "/a\u{301}", "\u{301}x"),
  ])
  func `path and query are split at the first question mark`(_ target: String, _ path: String, _ query: String?) {
    let request = Request(target: target)
    #expect(request.path == path[...])
    #expect(request.query.map(String.init) == query)
  }

  @Test func `a text answer says its type and its length in octets`() async throws {
    let response = Response(text: "ü")
    #expect(response.fields[.contentType] == "text/plain; charset=utf-8")
    #expect(response.fields[.contentLength] == "2")
    #expect(try await response.body.collect(upTo: 2) == ByteBuffer(string: "ü"))
  }

  @Test func `an error's answer is problem details that nobody caches`() async throws {
    let refusal = Refusal(
      status: .tooManyRequests, code: "rate-limited", "Try again in 2 s.", fields: [.retryAfter: "2"],
      cause: Broken())
    let response = refusal.response
    #expect(response.status == .tooManyRequests)
    #expect(response.fields[.retryAfter] == "2")
    #expect(response.fields[.contentType] == "application/problem+json")
    #expect(response.fields[.cacheControl] == "no-store")
    let bytes = try #require(response.body.unreadMemory)
    #expect(response.fields[.contentLength] == String(bytes.readableBytes))
    #expect(
      String(buffer: bytes)
        == #"{"code":"rate-limited","detail":"Try again in 2 s.","status":429,"title":"Too Many Requests"}"#)
  }

  @Test func `an error's sentence is escaped as JSON wants it`() throws {
    let sentence = "a \"b\" \\ \u{1}\n é / \u{1F600}"
    let bytes = try #require(Refusal(status: .badRequest, code: "x", sentence).response.body.unreadMemory)
    let details = try JSONDecoder().decode([String: JSONText].self, from: Data(bytes.readableBytesView))
    #expect(details["detail"]?.text == sentence)
    #expect(String(buffer: bytes).contains(#"\u0001\u000a"#))
  }

  /// A member of the problem details, a text or a number.
  private struct JSONText: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  @Test func `a status without a phrase has a title all the same`() throws {
    let bytes = try #require(Refusal(status: .init(code: 499), code: "x", "X.").response.body.unreadMemory)
    #expect(String(buffer: bytes).contains(#""title":"Status 499""#))
  }

  @Test(
    arguments: [
      ("text", "anna"), ("integer", "-7"), ("number", "1.5"), ("flag", "true"), ("list", "a,1,false"),
      ("mixed", nil), ("object", nil), ("nothing", nil), ("absent", nil),
    ] as [(String, String?)])
  func `claims as lines of text`(_ name: String, _ text: String?) throws {
    let json = """
      {"text": "anna", "integer": -7, "number": 1.5, "flag": true, "list": ["a", 1, false], "mixed": ["a", {}],
       "object": {"a": 1}, "nothing": null, "sub": "anna"}
      """
    let claims = Claims(try JSONDecoder().decode([String: Claims.Claim].self, from: Data(json.utf8)))
    #expect(claims.text(of: name) == text)
    #expect(claims.subject == "anna")
  }

  @Test func `claims keep what JSON said`() throws {
    let json = #"{"a": [null, true, 1, 1.5, "x", {"b": []}]}"#
    let all = try JSONDecoder().decode([String: Claims.Claim].self, from: Data(json.utf8))
    #expect(
      all == ["a": .list([.null, .boolean(true), .integer(1), .number(1.5), .text("x"), .object(["b": .list([])])])])
  }
}
