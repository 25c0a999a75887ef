import Foundation
import KeySets
import Testing

@testable import TokenVault

@Suite struct AgentTokenTests {
  static let claims: [String: TokenIssuer.Claim] = [
    "sub": "alice", "jti": "token-1", "path_id": "demo", "iat": 1000, "exp": 4600,
  ]

  static func token(_ change: (inout [String: TokenIssuer.Claim]) -> Void = { _ in }) throws -> String {
    var claims = claims
    change(&claims)
    return try TokenIssuer(secret: "a secret").issue(claims: claims)
  }

  private func kind(_ compact: String) -> TokenFault.Kind? {
    do throws(TokenFault) {
      _ = try AgentToken(compact)
      return nil
    } catch {
      return error.kind
    }
  }

  @Test func `a token is read without its key`() throws {
    let compact = try Self.token()
    let token = try AgentToken(compact)
    #expect(token.rawValue == compact)
    #expect([token.subject, token.id, token.pathID] == ["alice", "token-1", "demo"])
    #expect(token.issuedAt == Date(timeIntervalSince1970: 1000))
    #expect(token.expiresAt == Date(timeIntervalSince1970: 4600))
  }

  @Test func `a token expires at exp, and the fault says since when and what to do`() throws {
    let token = try AgentToken(try Self.token())
    #expect(throws: Never.self) { try token.check(at: Date(timeIntervalSince1970: 4599.9)) }
    let fault = #expect(throws: TokenFault.self) { try token.check(at: Date(timeIntervalSince1970: 4600)) }
    #expect(fault?.kind == .expired)
    #expect(fault?.sentence.contains("1970-01-01T01:16:40Z") == true)
    #expect(fault?.sentence.contains("telephone token issue") == true)
  }

  @Test(arguments: ["sub", "jti", "path_id", "iat", "exp"])
  func `each of the five claims must be there and of its type`(_ claim: String) throws {
    #expect(kind(try Self.token { $0[claim] = nil }) == .missingClaim)
    let isDate = claim == "iat" || claim == "exp"
    #expect(kind(try Self.token { $0[claim] = isDate ? "1000" : 1000 }) == .malformed)
    let fault = #expect(throws: TokenFault.self) { try AgentToken(try Self.token { $0[claim] = nil }) }
    #expect(fault?.sentence.contains("\"\(claim)\"") == true)
  }

  @Test(arguments: ["sub", "jti", "path_id"])
  func `strings have 1 to 1024 octets and no control characters`(_ claim: String) throws {
    let longest = String(repeating: "é", count: 512)
    #expect(kind(try Self.token { $0[claim] = .string(longest) }) == nil)
    for wrong in ["", longest + "x", "a\nb", "\u{0}", "a\u{7F}", "\u{85}"] {
      #expect(kind(try Self.token { $0[claim] = .string(wrong) }) == .malformed)
    }
  }

  @Test func `what is no signed JWT is refused`() throws {
    let good = try Self.token()
    #expect(kind("") == .missing)
    let unsigned = good.split(separator: ".").dropLast().joined(separator: ".") + "."
    for wrong in [
      " ", "x", "a.b.c", good + "\n", "\"\(good)\"", unsigned, good + ".x", String(repeating: "a", count: 20_000),
    ] {
      #expect(kind(wrong) == .malformed)
    }
    #expect(kind(try Self.token { $0["exp"] = 253_402_300_800 }) == .malformed)
  }

  @Test func `a gateway's words are shown without the token or a part of it, plain and short`() throws {
    let token = try AgentToken(try Self.token())
    let parts = token.rawValue.split(separator: ".").map(String.init)
    #expect(token.plain("no such path") == "no such path")
    #expect(token.plain("") == "")
    #expect(token.plain("bad \(token.rawValue), twice \(token.rawValue).") == "bad ‹token›, twice ‹token›.")
    for part in parts.dropFirst() {
      #expect(token.plain("'\(part)'") == "'‹token›'")
      // A mark that would melt with the last character hides nothing.
      #expect(!token.plain("\(part)\u{301}").contains(part))
    }
    #expect(token.plain("a\u{1B}[2J\nb\u{2028}\u{202E}c") == "a?[2J?b??c")
    let long = token.plain(String(repeating: "é\u{301}", count: 100_000))
    #expect(long.unicodeScalars.count == AgentToken.longestWords + 1 && long.hasSuffix("…"))
  }

  @Test func `a token never prints itself`() throws {
    let compact = try Self.token()
    let token = try AgentToken(compact)
    var dumped = ""
    dump(["token": token], to: &dumped)
    let shown = ["\(token)", String(reflecting: token), String(describing: Optional(token)), dumped]
    for text in shown {
      #expect(compact.split(separator: ".").allSatisfy { !text.contains($0) })
      #expect(!text.contains("alice"))
    }
    let fault = #expect(throws: TokenFault.self) { try AgentToken(compact + "!") }
    #expect(fault.map { !$0.sentence.contains(compact.prefix(10)) } == true)
  }
}
