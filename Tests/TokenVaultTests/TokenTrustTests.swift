import Crypto
import Foundation
import KeySets
import Logging
import TestSupport
import Testing

@testable import TokenVault

@Suite struct TokenTrustTests {
  /// Signs with ES256, as a gateway with a key pair would.
  struct KeyPair {
    let key = P256.Signing.PrivateKey()
    var id = "key-1"

    func token(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> String {
      var claims: [String: Any] = [
        "sub": "alice", "jti": "token-1", "path_id": "demo", "iat": 1_799_999_000, "exp": 1_800_003_600,
      ]
      change(&claims)
      let header = try JSONSerialization.data(withJSONObject: ["alg": "ES256", "kid": id])
      let payload = try JSONSerialization.data(withJSONObject: claims)
      let input = [header, payload].map(Self.encode).joined(separator: ".")
      let signature = try key.signature(for: Data(input.utf8)).rawRepresentation
      return input + "." + Self.encode(signature)
    }

    var keySet: [UInt8] {
      let raw = key.publicKey.rawRepresentation
      let (x, y) = (Self.encode(raw.prefix(32)), Self.encode(raw.suffix(32)))
      return Array(#"{"keys":[{"kty":"EC","crv":"P-256","kid":"\#(id)","x":"\#(x)","y":"\#(y)"}]}"#.utf8)
    }

    static func encode(_ data: Data) -> String {
      data.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
    }
  }

  private func claims(_ change: (inout [String: TokenIssuer.Claim]) -> Void) throws -> String {
    var claims: [String: TokenIssuer.Claim] = [
      "sub": "alice", "jti": "token-1", "path_id": "demo", "iat": 1_799_999_000, "exp": 1_800_003_600,
    ]
    change(&claims)
    return try TokenIssuer(secret: secret).issue(claims: claims)
  }

  @Test func `a token that TOKEN_SECRET signed passes every check`() async throws {
    let compact = try compact()
    let check = await (try TokenTrust.secret(secret, from: .tokenSecret)).check(compact, at: today)
    #expect(check.fault == nil)
    #expect(check.usable?.rawValue == compact)
    #expect(check.entries.map(\.name) == [.form, .signature, .subject, .id, .pathID, .issuedAt, .expiresAt])
    #expect(check[.signature] == .passed("by TOKEN_SECRET"))
  }

  @Test func `PEM and JWKS verify what their private key signed, and nothing else`() async throws {
    let pair = KeyPair()
    let set = pair.keySet
    let source = CachedKeySource(fetch: { set }, clock: TestClock())
    let trusts = [try TokenTrust.publicKey(pair.key.publicKey.pemRepresentation), TokenTrust.keySet(source)]
    for trust in trusts {
      #expect(await trust.check(try pair.token(), at: today).fault == nil)
      #expect(await trust.check(try KeyPair().token(), at: today).fault?.kind == .badSignature)
      // A shared secret is never taken for a public key.
      #expect(await trust.check(try compact(), at: today).fault?.kind == .badSignature)
    }
    let oneLine = pair.key.publicKey.pemRepresentation.replacingOccurrences(of: "\n", with: "\\n")
    #expect(await (try TokenTrust.publicKey(oneLine)).check(try pair.token(), at: today).fault == nil)
  }

  @Test func `a failed signature names the setting and the ways out`() async throws {
    let compact = try compact(secret: otherSecret)
    let own = await (try TokenTrust.secret(secret, from: .secretKeyBase)).check(compact, at: today)
    #expect(own.usable == nil)
    #expect(own.fault?.kind == .badSignature)
    let sentence = try #require(own.fault?.sentence)
    #expect(sentence.contains("this agent's own"))
    #expect(sentence.contains("TOKEN_SECRET"))
    #expect(sentence.contains("TOKEN_VERIFICATION=off"))
    let named = await (try TokenTrust.secret(secret, from: .tokenSecret)).check(compact, at: today)
    #expect(named.fault?.sentence.contains("SECRET_KEY_BASE") == false)
    // The other checks are told too.
    #expect(own[.expiresAt] == .passed(""))
    #expect(own.token?.pathID == "demo")
  }

  @Test(arguments: ["sub", "jti", "path_id", "iat", "exp"])
  func `each claim has a verdict of its own`(_ claim: String) async throws {
    let trust = try TokenTrust.secret(secret, from: .tokenSecret)
    let name = try #require(TokenCheck.Name(rawValue: claim))
    for wrong in [nil, true] as [Bool?] {
      let isDate = claim == "iat" || claim == "exp"
      let value: TokenIssuer.Claim = isDate ? "1800000000" : 17
      let compact = try claims { $0[claim] = wrong == nil ? nil : value }
      let check = await trust.check(compact, at: today)
      #expect(check.usable == nil)
      #expect(check.fault?.sentence.contains("\"\(claim)\"") == true)
      guard case .failed(let fault) = check[name] else {
        Issue.record("\(claim) did not fail")
        continue
      }
      #expect(fault.kind == (wrong == nil ? .missingClaim : .malformed))
      #expect(check.entries.filter { if case .failed = $0.verdict { true } else { false } }.count == 1)
    }
  }

  @Test func `dates are looked at without leeway, also when verification is off`() async throws {
    for trust in [try TokenTrust.secret(secret, from: .tokenSecret), .off] {
      let expiring = try compact(minutes: 1)
      #expect(await trust.check(expiring, at: today.addingTimeInterval(59.9)).fault == nil)
      #expect(await trust.check(expiring, at: today.addingTimeInterval(60)).fault?.kind == .expired)
      #expect(await trust.check(try claims { $0["exp"] = 1_799_999_000 }, at: today).fault?.kind == .malformed)
    }
    let trust = try TokenTrust.secret(secret, from: .tokenSecret)
    let early = await trust.check(try claims { $0["nbf"] = 1_800_000_100 }, at: today)
    #expect(early.fault?.kind == .notYetValid)
    #expect(early[.signature] == .passed("by TOKEN_SECRET"))
    let ahead = await trust.check(try claims { $0["iat"] = 1_800_000_100 }, at: today)
    #expect(ahead.fault == nil)
    #expect(ahead[.issuedAt] != .passed(""))
    #expect(await trust.check(try claims { $0["nbf"] = "soon" }, at: today).fault?.kind == .malformed)
  }

  @Test func `off looks at no signature and warns`() async throws {
    let check = await TokenTrust.off.check(try compact(secret: otherSecret), at: today)
    #expect(check.usable != nil)
    #expect(check[.signature] == .skipped("TOKEN_VERIFICATION=off"))
    #expect(TokenTrust.off.warnings.first?.level == .warning)
    #expect(try TokenTrust.secret(secret, from: .tokenSecret).warnings.isEmpty)
    #expect(try TokenTrust.secret("short", from: .tokenSecret).warnings.first?.message.contains("openssl") == true)
  }

  @Test func `keys that cannot be had say nothing of the token`() async throws {
    let source = CachedKeySource(fetch: { throw CancellationError() }, clock: TestClock())
    let check = await TokenTrust.keySet(source).check(try KeyPair().token(), at: today)
    #expect(check.usable == nil)
    #expect(check.fault?.kind == .keysUnavailable)
    #expect(check.fault?.sentence.contains("TOKEN_JWKS_URL") == true)
  }

  @Test func `no message has a character of the token`() async throws {
    let trusts = [try TokenTrust.secret(otherSecret, from: .secretKeyBase), try .secret(secret, from: .tokenSecret)]
    let good = try compact()
    for compact in [good, good + "x", good + ".x", "x" + good, try claims { $0["jti"] = nil }] {
      for trust in trusts {
        let check = await trust.check(compact, at: today.addingTimeInterval(7200))
        var told = String(describing: check)
        dump(check, to: &told)
        #expect(check.fault != nil)
        #expect(compact.split(separator: ".").allSatisfy { $0.count < 8 || !told.contains($0.prefix(12)) })
      }
    }
  }

  @Test func `what does not parse fails by its form, and the rest is skipped`() async throws {
    let check = await TokenTrust.off.check("a.b", at: today)
    #expect(check.fault?.kind == .malformed)
    #expect(check.token == nil)
    #expect(check.entries.dropFirst().allSatisfy { $0.verdict == .skipped("the token cannot be read") })
    #expect(await TokenTrust.off.check("", at: today).fault?.kind == .missing)
  }
}
