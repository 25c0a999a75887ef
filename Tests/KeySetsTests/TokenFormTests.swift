import Foundation
import Testing

@testable import KeySets

@Suite struct TokenFormTests {
  static let good = TestSigner.hs256(header: #"{"alg":"HS256"}"#)

  private func kind(_ token: String) async throws -> TokenRejection.Kind? {
    let keys = FixedKeySource(try TestSigner.keySet(for: .hs256))
    return await rejection(of: token, by: keys, TokenRules(algorithms: [.hs256]))
  }

  @Test func `the token that the others here are made from is good`() async throws {
    #expect(try await kind(Self.good) == nil)
  }

  @Test(arguments: [
    "", ".", "..", "...", "a.b", good + ".", "." + good, good.replacingOccurrences(of: ".", with: ".."),
    good + "=", good + "==", good + " ", " " + good, good + "\n", good.replacingOccurrences(of: ".", with: "=."),
    good.replacingOccurrences(of: ".", with: "\r\n."), good + "+", good + "/", good + "é", "Bearer " + good,
    good + "AA", String(repeating: "A", count: 9) + "." + good, "\u{0}" + good,
  ])
  func `what is not three parts of base64url is malformed`(_ token: String) async throws {
    #expect(try await kind(token) == .malformed)
  }

  @Test func `the unused bits of the last character must be zero`() async throws {
    let last = try #require(Self.good.last)
    let next = try #require(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split(separator: last).last?.first)
    #expect(try await kind(Self.good.dropLast() + String(next)) == .malformed)
  }

  @Test(arguments: [
    "", "null", "[]", "1", #""x""#, "{", "{}", #"{"alg":1}"#, #"{"alg":null}"#, #"{"alg":"HS256","kid":7}"#,
    #"{"alg":"HS256","kid":null}"#, #"{"alg":"HS256",}"#, #"{"alg":"none","alg":"HS256"}"#,
    #"{"alg":"HS256","\u0061lg":"HS256"}"#, #"{"alg":"HS256"}{}"#, "\u{FEFF}" + #"{"alg":"HS256"}"#,
    #"{"alg":"HS256","crit":["b64"],"b64":false}"#, #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":null}"#,
    #"{"alg":"HS256","crit":["exp"],"exp":1}"#,
  ])
  func `a header that is no object, has no alg, a member twice or crit is malformed`(_ header: String) async throws {
    #expect(try await kind(TestSigner.hs256(header: header)) == .malformed)
  }

  @Test func `only the header's own crit counts`() async throws {
    #expect(try await kind(TestSigner.hs256(header: #"{"alg":"HS256","x":{"crit":["b64"]}}"#)) == nil)
    #expect(try await kind(TestSigner.hs256(header: #"{"alg":"HS256"}"#, payload: #"{"crit":["b64"]}"#)) == nil)
  }

  @Test(arguments: ["", "null", "[]", #"{"sub":"a","sub":"b"}"#, "{'sub':1}", #"{"sub":"\ud800"}"#, #"{"a":NaN}"#])
  func `a payload that is no object or has a member twice is malformed`(_ payload: String) async throws {
    #expect(try await kind(TestSigner.hs256(header: #"{"alg":"HS256"}"#, payload: payload)) == .malformed)
  }

  @Test func `a token of 16 KiB is read and one octet more is not`() async throws {
    func token(_ filling: Int) -> String {
      TestSigner.hs256(
        header: #"{"alg":"HS256"}"#, payload: #"{"a":"\#(String(repeating: "x", count: filling))"}"#)
    }
    let overhead = token(0).utf8.count
    // Four characters stand for three octets.
    let largest = (UnverifiedToken.maximumSize - overhead) / 4 * 3
    let fits = token(largest)
    #expect(fits.utf8.count <= UnverifiedToken.maximumSize)
    #expect(try await kind(fits) == nil)
    let tooLong = token(largest + 6)
    #expect(tooLong.utf8.count > UnverifiedToken.maximumSize)
    #expect(try await kind(tooLong) == .malformed)
  }

  @Test func `a payload nested a thousand deep is refused`() async throws {
    let deep = #"{"a":"# + String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000) + "}"
    #expect(try await kind(TestSigner.hs256(header: #"{"alg":"HS256"}"#, payload: deep)) == .malformed)
  }
}
