import Foundation
import HTTPTypes
import KeySets
import NIOCore
import TelephoneKit
import TestSupport
import Testing

@testable import StandardStages

/// Tokens and keys of these tests.
enum Tokens {
  static let secret = "not-a-secret-not-a-secret-not-a-secret-1"
  /// The date of the tests, in seconds.
  static let now = 1_300_819_000

  static func issue(_ claims: [String: TokenIssuer.Claim], secret: String = secret) throws -> String {
    try TokenIssuer(secret: secret).issue(claims: claims)
  }

  /// RFC 7515, A.3: ES256, `iss` joe, `exp` 1300819380.
  static let es256 =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    + "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
  static let jwks = """
    {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",\
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
    """
  static let pem = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
    6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
    -----END PUBLIC KEY-----
    """
}

@Suite(.timeLimit(.minutes(1)))
struct VerifyJWTTests {
  private let hs: OptionInput = ["algorithms": ["HS256"], "secret": OptionInput(.scalar(Tokens.secret))]

  private func stage(
    _ input: OptionInput, context: StageContext = Harness.context()
  ) throws -> VerifyJWT {
    try VerifyJWT(try options(of: VerifyJWT.self, input), context)
  }

  private func with(_ entries: [(String, OptionInput)]) -> OptionInput {
    guard case .map(let base) = hs.content else { return hs }
    return OptionInput(.map(base + entries.map { OptionInput.Entry(key: $0.0, value: $0.1) }))
  }

  private func run(
    _ stage: VerifyJWT, _ request: Request, trace: TraceRecorder? = nil
  ) async throws -> (ran: Ran, backend: StubBackend) {
    let backend = StubBackend()
    let harness = Harness(request: [PipelineStep(stage: stage)], backend: backend)
    return (try await harness.run(request, trace: trace), backend)
  }

  private func bearer(_ token: String) -> Request { Request(fields: [.authorization: "Bearer \(token)"]) }

  @Test func `a good token is let in, and its claims are there`() async throws {
    let token = try Tokens.issue(["sub": "ann", "n": 7])
    for scheme in ["Bearer", "bearer", "BEARER"] {
      let (ran, backend) = try await run(stage(hs), Request(fields: [.authorization: "\(scheme) \(token)"]))
      #expect(ran.status == 200)
      #expect(backend.claims == Claims(["sub": .text("ann"), "n": .integer(7)]))
    }
  }

  /// RFC 6750, 3: no error attribute where there was no token.
  @Test(arguments: [nil, "Basic eDp5", "Digest x", "Bearerx y"])
  func `no token is 401 without an error`(authorization: String?) async throws {
    var request = Request()
    request.fields[.authorization] = authorization
    let (ran, backend) = try await run(stage(hs), request)
    #expect(ran.outcome == Outcome(.refused, status: 401, code: "no-token", decidedBy: "verify-jwt"))
    #expect(ran.answer.fields[.wwwAuthenticate] == #"Bearer realm="telephone""#)
    #expect(backend.request == nil)
  }

  @Test(arguments: [
    ["Bearer"], ["Bearer "], ["Bearer a b"], ["Bearer a,b"], ["Bearer a", "Bearer b"], ["Bearer \u{e9}"],
  ])
  func `several tokens, or none that could be one, are 400`(values: [String]) async throws {
    var request = Request()
    request.fields[values: .authorization] = values
    let ran = try await run(stage(hs), request).ran
    #expect(ran.status == 400)
    #expect(ran.answer.fields[.wwwAuthenticate]?.contains(#"error="invalid_request""#) == true)
  }

  @Test func `an expired token is 401 with the challenge of RFC 6750`() async throws {
    let token = try Tokens.issue(["exp": .integer(Int64(Tokens.now - 30))])
    let ran = try await run(stage(hs), bearer(token)).ran
    #expect(ran.status == 401)
    #expect(ran.code == "token-expired")
    #expect(
      ran.answer.fields[.wwwAuthenticate]
        == #"Bearer realm="telephone", error="invalid_token", error_description="The token has expired.""#)
  }

  @Test(
    arguments: [
      (["exp": TokenIssuer.Claim.integer(Int64(Tokens.now - 29))], nil),
      (["exp": .integer(Int64(Tokens.now - 30))], "token-expired"), (["nbf": .integer(Int64(Tokens.now + 30))], nil),
      (["nbf": .integer(Int64(Tokens.now + 31))], "token-not-yet-valid"), (["exp": "soon"], "token-malformed"),
    ] as [([String: TokenIssuer.Claim], String?)])
  func `dates with the default leeway of 30 s`(claims: [String: TokenIssuer.Claim], code: String?) async throws {
    let ran = try await run(stage(hs), bearer(try Tokens.issue(claims))).ran
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 401))
  }

  @Test(arguments: ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", Tokens.es256])
  func `what is no token of ours is 401`(token: String) async throws {
    let ran = try await run(stage(hs), bearer(token)).ran
    #expect(ran.status == 401)
    #expect(ran.answer.fields[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
    #expect(!ran.text.contains(token) || token == "x")
  }

  @Test func `a signature by another key is 401`() async throws {
    let token = try Tokens.issue([:], secret: "another-secret-another-secret-another-1")
    #expect(try await run(stage(hs), bearer(token)).ran.code == "token-signature")
  }

  @Test(
    arguments: [
      (["iss": "joe", "aud": "billing", "role": "admin"], nil),
      (["iss": "eve", "aud": "billing", "role": "x"], "token-issuer"),
      (["iss": "joe", "aud": "other", "role": "x"], "token-audience"),
      (["iss": "joe", "aud": "billing"], "token-claim-missing"),
    ] as [([String: TokenIssuer.Claim], String?)])
  func `a genuine token with a wrong claim is 403`(claims: [String: TokenIssuer.Claim], code: String?) async throws {
    let stage = try stage(with([("issuer", "joe"), ("audience", "billing"), ("require", ["role"])]))
    let ran = try await run(stage, bearer(try Tokens.issue(claims))).ran
    #expect(ran.code == code)
    #expect(ran.status == (code == nil ? 200 : 403))
    if code != nil {
      #expect(ran.answer.fields[.wwwAuthenticate]?.contains(#"error="insufficient_scope""#) == true)
    }
  }

  @Test(arguments: ["header:X-Token", "cookie:session", "query:token"])
  func `the token may be elsewhere, and is hidden there`(place: String) async throws {
    let token = try Tokens.issue(["sub": "ann"])
    var request = Request(target: "/?a=1&to%6Ben=\(token)&b=2")
    request.fields[.init("X-Token")!] = token
    request.fields[values: .cookie] = ["a=1; session=\"\(token)\"", "b=2"]
    let stage = try stage(with([("from", OptionInput(.scalar(place)))]))
    let trace = TraceRecorder()
    let (ran, _) = try await run(stage, request, trace: trace)
    #expect(ran.status == 200)
    #expect(try await run(stage, Request()).ran.code == "no-token")
    // Another place is not looked at.
    #expect(try await run(stage, bearer(token)).ran.code == "no-token")
  }

  @Test(arguments: [
    ("header:X-Token", Request(fields: HTTPFields(["a", "b"].map { HTTPField(name: .init("X-Token")!, value: $0) }))),
    ("cookie:session", Request(fields: [.cookie: "session=a; session=b"])),
    ("query:token", Request(target: "/?token=a&token=b")),
    ("query:token", Request(target: "/?token=")),
  ])
  func `two tokens at one place are 400`(place: String, request: Request) async throws {
    let stage = try stage(with([("from", OptionInput(.scalar(place)))]))
    #expect(try await run(stage, request).ran.status == 400)
  }

  @Test func `the place is hidden from traces, also where the token is refused`() {
    var redaction = Redaction()
    TokenPlace.header(.init("X-Token")!).hide(&redaction)
    TokenPlace.query("token").hide(&redaction)
    #expect(redaction.shown(HTTPField(name: .init("x-token")!, value: "abcdef")) == Redaction.mark)
    #expect(!redaction.shown(target: "/?token=abcdef").contains("abcdef"))
  }

  @Test func `claims become fields, and what came in under their names goes`() async throws {
    let stage = try stage(with([("claims-to-headers", ["sub": "X-User", "role": "X-Role"])]))
    var request = bearer(try Tokens.issue(["sub": "ann"]))
    request.fields[values: .init("x-user")!] = ["root", "admin"]
    request.fields[.init("X-Role")!] = "admin"
    request.fields[.connection] = "close, X-User, x-role"
    let fields = try #require(try await run(stage, request).backend.request?.fields)
    #expect(fields[values: .init("X-User")!] == ["ann"])
    #expect(fields[values: .init("X-Role")!].isEmpty)
    #expect(fields[.connection] == "close")
  }

  @Test(arguments: [true, false])
  func `trailers under the names of claims go, too`(isInMemory: Bool) async throws {
    let (user, sum) = (HTTPField.Name("X-User")!, HTTPField.Name("X-Sum")!)
    var request = Request()
    let whole = Body(ByteBuffer(string: "body"), trailers: [user: "root", sum: "7"])
    request.body = isInMemory ? whole : whole.map { $0 }
    try ClaimHeaders(["sub": "X-User"]).remove(from: &request)
    #expect((request.body.unreadMemory != nil) == isInMemory)
    #expect(String(buffer: try await request.body.collect(upTo: 10)) == "body")
    #expect(try await request.body.next() == nil)
    #expect(request.body.trailers == [sum: "7"])
  }

  @Test func `a claim that no field can hold is refused`() async throws {
    let stage = try stage(with([("claims-to-headers", ["sub": "X-User"])]))
    for subject in ["a\r\nX-Admin: 1", "a\u{0}b", " a"] {
      let (ran, backend) = try await run(stage, bearer(try Tokens.issue(["sub": .string(subject)])))
      #expect(ran.code == "token-claim-unusable")
      #expect(ran.status == 403)
      #expect(backend.request == nil)
    }
  }

  @Test func `two claims whose names only octets tell apart are refused`() throws {
    for text in [#"{"sub":"a","\u00e9":1,"e\u0301":2}"#, #"{"a":[{"\u00e9":1,"e\u0301":2}]}"#] {
      let object = try StrictJSON.object(Array(text.utf8))
      #expect(throws: TokenRejection.self) { try Claims.Claim(.object(object)) }
    }
  }

  @Test func `a number that no type holds exactly keeps its spelling`() throws {
    let object = try StrictJSON.object(
      Array(#"{"a":18446744073709551614,"b":1.50,"c":1.5,"d":-12,"e":1e400}"#.utf8))
    #expect(
      try Claims.Claim(.object(object))
        == .object([
          "a": .text("18446744073709551614"), "b": .text("1.50"), "c": .number(1.5), "d": .integer(-12),
          "e": .text("1e400"),
        ]))
  }

  @Test func `a public key from a PEM file or a JWKS file, for the algorithms of its kind only`() async throws {
    try await withFolder { folder in
      try Tokens.pem.write(toFile: "\(folder)/key.pem", atomically: true, encoding: .utf8)
      try Tokens.jwks.write(toFile: "\(folder)/keys.json", atomically: true, encoding: .utf8)
      let context = Harness.context(directory: folder)
      // The public key as an HMAC secret: the oldest trick.
      let forged = try Tokens.issue(["iss": "joe"], secret: Tokens.pem)
      for option in [("public-key", "key.pem"), ("jwks", "keys.json")] {
        let input = OptionInput(
          dictionaryLiteral: ("algorithms", ["ES256"]), (option.0, OptionInput(.scalar(option.1))))
        let stage = try stage(input, context: context)
        let (ran, backend) = try await run(stage, bearer(Tokens.es256))
        #expect(ran.status == 200)
        #expect(backend.claims?.text(of: "iss") == "joe")
        #expect(try await run(stage, bearer(forged)).ran.code == "token-algorithm")
        #expect(try await run(stage, bearer(String(Tokens.es256.dropLast(4)) + "AAAA")).ran.code == "token-signature")

        let wrong = OptionInput(
          dictionaryLiteral: ("algorithms", ["RS256"]), (option.0, OptionInput(.scalar(option.1))))
        #expect(throws: StageBuildError.self) { try self.stage(wrong, context: context) }
        let missing = OptionInput(dictionaryLiteral: ("algorithms", ["ES256"]), (option.0, "missing"))
        #expect(throws: StageBuildError.self) { try self.stage(missing, context: context) }
      }
    }
  }

  @Test func `a JWKS is fetched once for many, and without it nobody is let in`() async throws {
    let clock = ManualClock()
    let requests = Counter()
    let server = try await RawServer.start { connection in
      while true {
        let line = try await connection.read(until: "\r\n\r\n").prefix { $0 != "\r\n" }
        let number = requests.next()
        #expect(line == "GET /keys?v=1 HTTP/1.1")
        let (status, body) = number == 1 ? ("503 No", "{}") : ("200 OK", Tokens.jwks)
        try await connection.write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      }
    }
    let url = "http://127.0.0.1:\(server.port)/keys?v=1"
    let stage = try stage(
      ["algorithms": ["ES256"], "jwks": OptionInput(.scalar(url))], context: Harness.context(clock: clock))
    let pipeline = try Harness(request: [PipelineStep(stage: stage)]).pipeline()
    let run = { @Sendable (id: Int) async -> RecordingSink.Answer in
      let sink = RecordingSink()
      _ = await pipeline.run(Request(fields: [.authorization: "Bearer \(Tokens.es256)"]), id: "\(id)", into: sink)
      return sink.answer
    }
    let closed = await run(0)
    #expect(closed.status == .serviceUnavailable)
    #expect(closed.fields[.retryAfter] == "5")
    clock.advance(by: .seconds(1))
    let statuses = await withTaskGroup(of: Int?.self) { group in
      for number in 1...64 { group.addTask { await run(number).status?.code } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 64))
    #expect(requests.count == 2)
    await pipeline.shutdown()
    await server.stop()
  }

  @Test func `a dry-run opens no socket and lets nobody in`() async throws {
    let stage = try stage(
      ["algorithms": ["ES256"], "jwks": "http://127.0.0.1:1/keys"], context: Harness.context(mayConnect: false))
    let ran = try await run(stage, bearer(Tokens.es256)).ran
    #expect(ran.outcome == Outcome(.refused, status: 503, code: "keys-unavailable", decidedBy: "verify-jwt"))
  }

  @Test(
    arguments: [
      ([:], "the option 'algorithms' must be given"),
      (["algorithms": ["HS256"]], "one of 'secret', 'public-key' and 'jwks' must be given"),
      (["algorithms": [], "secret": "s"], "'algorithms' must name at least one"),
      (["algorithms": ["none"], "secret": "s"], "found 'none'"),
      (["algorithms": ["HS256"], "secret": "s", "jwks": "f"], "only one of"),
      (["algorithms": ["HS256"], "public-key": "f"], "HS256 takes a secret"),
      (["algorithms": ["ES256", "HS256"], "jwks": "f"], "HS256 takes a secret"),
      (["algorithms": ["RS256"], "secret": "s"], "RS256 takes a public key"),
      (["algorithms": ["HS256"], "secret": ""], "'secret' must not be empty"),
      (["algorithms": ["HS256"], "secret": "s", "from": "header:a b"], "no field name"),
      (["algorithms": ["HS256"], "secret": "s", "from": "header:Proxy-Authorization"], "ends at the gateway"),
      (["algorithms": ["HS256"], "secret": "s", "from": "Bearer"], "expected bearer"),
      (["algorithms": ["HS256"], "secret": "-----BEGIN PUBLIC KEY-----"], "Give it as public key"),
      (["algorithms": ["ES256"], "public-key": ""], "'public-key' must not be empty"),
      (["algorithms": ["ES256"], "jwks": ""], "'jwks' must not be empty"),
      (["algorithms": ["ES256"], "jwks": "ftp://id/keys"], "'jwks': "),
      (["algorithms": ["ES256"], "jwks": "https://u:p@id/k"], "'jwks': "),
      (["algorithms": ["ES256"], "jwks": "https://id/k#x"], "'jwks': "),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "a b"]], "no field name"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "Host"]], "cannot be set"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "proxy-user"]], "cannot be set"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "X-Forwarded-Host"]], "cannot be set"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "Forwarded"]], "cannot be set"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "X-A", "b": "x-a"]], "two claims"),
      (["algorithms": ["HS256"], "secret": "s", "claims-to-headers": ["sub": "authorization"]], "removed before"),
      (
        ["algorithms": ["HS256"], "secret": "s", "from": "header:X-T", "claims-to-headers": ["sub": "x-t"]],
        "removed before"
      ),
    ] as [(OptionInput, String)])
  func `faults of the options`(input: OptionInput, sentence: String) {
    let found = problems(of: VerifyJWT.self, input)
    #expect(found.count == 1)
    #expect(found.first?.contains(sentence) == true, "\(found)")
  }

  @Test func `the defaults`() throws {
    let options = try options(of: VerifyJWT.self, hs)
    #expect(options.leeway == .seconds(30))
    #expect(options.from == .bearer)
    #expect(options.require.isEmpty)
    #expect(options.values.contains { $0 == ("secret", Redaction.mark) })
  }
}
