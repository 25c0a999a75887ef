import TelephoneKit
import Testing

@testable import PipelineFile

struct `Warning of what is legal and surely not meant` {
  private static let tail = "  - { stage: forward, with: { to: x } }\n  - emit-chunks\n"

  private func findings(_ stages: String, tail: String = Self.tail) throws -> [String] {
    try Fixture.findings("pipeline: p\nstages:\n\(stages)\n\(tail)")
  }

  @Test(arguments: [
    ("{ all: [{ method: GET }, { method: [POST, PUT] }] }", "no method is left that it could match"),
    ("{ method: GET, not: { method: [GET, HEAD] } }", "no method is left that it could match"),
    ("{ all: [{ path: /api/** }, { path: /admin/** }] }", "nothing matches both 'path /api/**' and 'path /admin/**'"),
    ("{ all: [{ path: /a/*x }, { path: /a/y }] }", "nothing matches both 'path /a/*x' and 'path /a/y'"),
    (
      "{ path: /api/users, not: { path: /api/** } }",
      "all that matches 'path /api/users' is ruled out by 'not path /api/**'"
    ),
    ("{ path: /api/users/*, not: { path: /api/** } }", "all that matches 'path /api/users/*' is ruled out"),
    ("{ all: [{ host: a.example }, { host: '*.b.example' }] }", "nothing matches both 'host a.example'"),
    ("{ all: [{ host: 'a.example:80' }, { host: 'a.example:81' }] }", "nothing matches both"),
    ("{ all: [{ client-address: 10.0.0.0/8 }, { client-address: '192.168.0.1' }] }", "nothing matches both"),
    (
      "{ client-address: 10.1.0.0/16, not: { client-address: 10.0.0.0/8 } }",
      "all that matches 'client-address 10.1.0.0/16'"
    ),
    ("{ all: [{ header: { x-a: b } }, { header: { x-a: { present: false } } }] }", "nothing matches both"),
    ("{ header: { x-a: b }, not: { header: { x-a: { present: true } } } }", "nothing matches both"),
    ("{ header: { x-a: b }, not: { header: { x-a: [b, c] } } }", "all that matches 'header x-a b' is ruled out"),
    (
      "{ any: [{ path: /a }, { method: GET }], not: { any: [{ path: /a }, { method: GET }] } }",
      "is wanted and ruled out"
    ),
  ])
  func `a condition that contradicts itself`(_ when: String, _ reason: String) throws {
    let found = try findings("  - stage: limit-headers\n    when: \(when)")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("4:5: warning: 'limit-headers' can never run: ") == true)
    #expect(found.first?.contains(reason) == true, "\(found)")
  }

  @Test(arguments: [
    "{ all: [{ method: [GET, HEAD] }, { method: [HEAD, POST] }] }",
    "{ all: [{ path: /api/** }, { path: '/**/users' }] }",
    "{ all: [{ path: '/a*/b' }, { path: '/*c/b' }] }",
    "{ path: /api/**, not: { path: /api/users } }",
    "{ all: [{ host: '*.example' }, { host: 'a.example:81' }] }",
    "{ all: [{ client-address: 10.0.0.0/8 }, { client-address: 10.1.2.3 }] }",
    "{ client-address: 10.0.0.0/8, not: { client-address: 10.1.0.0/16 } }",
    "{ all: [{ header: { x-a: b } }, { header: { x-a: c } }] }",
    "{ header: { x-a: [b, c] }, not: { header: { x-a: b } } }",
    "{ any: [{ all: [{ method: GET }, { method: PUT }] }, { path: /a }] }",
    "{ not: { method: GET } }",
  ])
  func `a condition that may match is left alone`(_ when: String) throws {
    #expect(try findings("  - stage: limit-headers\n    when: \(when)") == [])
  }

  @Test func `a condition of very many parts is not judged`() throws {
    func whens(_ count: Int) -> String {
      "{ all: [\((0..<count).map { "{ header: { x-\($0): a } }" }.joined(separator: ", ")), { method: GET }, { method: PUT }] }"
    }
    #expect(try findings("  - stage: limit-headers\n    when: \(whens(62))").count == 1)
    #expect(try findings("  - stage: limit-headers\n    when: \(whens(63))") == [])
  }

  @Test func `a condition of very many alternatives is not judged`() throws {
    let pair = "{ any: [{ method: GET }, { path: /a }] }"
    let many = Array(repeating: pair, count: 12).joined(separator: ", ")
    #expect(try findings("  - stage: limit-headers\n    when: { all: [\(many), { method: PUT }, { path: /b }] }") == [])
  }

  @Test(arguments: [
    ("{ status: 103 }", true), ("{ status: [1xx, 404] }", false), ("{ status: 101 }", false),
    ("{ status: 4xx, not: { status: 400-499 } }", true), ("{ all: [{ status: 4xx }, { status: 5xx }] }", true),
    ("{ not: { status: 200-599 } }", false),
  ])
  func `a status that no answer has`(_ when: String, _ isDead: Bool) throws {
    let found = try findings(
      "  - { stage: forward, with: { to: x } }\n  - stage: stamp\n    when: \(when)\n  - emit-chunks", tail: "")
    #expect(
      found == (isDead ? ["5:5: warning: 'stamp' can never run: no answer has a status that it could match"] : []))
  }

  @Test func `a backend that others leave nothing to`() throws {
    let stages = """
        - { stage: forward, id: a, when: { path: /api/** }, with: { to: x } }
        - { stage: forward, id: b, when: { path: /api/users }, with: { to: y } }
        - { stage: forward, id: c, when: { method: GET }, with: { to: y } }
        - { stage: forward, id: d, when: { method: GET, path: /x }, with: { to: y } }
      """
    #expect(
      try findings(stages) == [
        "4:30: warning: 'b' can never run: all that it matches is answered by 'a' before it",
        "6:30: warning: 'd' can never run: all that it matches is answered by 'a' and 'b' and 'c' before it",
      ])
  }

  @Test func `a path that is compared before it is canonical`() throws {
    #expect(
      try findings("  - { stage: limit-headers, when: { not: { path: /a } } }\n  - canonical") == [
        "3:29: warning: this condition compares the path as the client wrote it; 'canonical' in line 4 makes it canonical "
          + "only after that"
      ])
    #expect(
      try findings("  - { stage: canonical, when: { path: /a/** } }") == [
        "3:25: warning: this condition compares the path as the client wrote it; 'canonical' makes it canonical only "
          + "where that matches"
      ])
    #expect(
      try findings("  - count\n  - canonical") == [
        "3:5: warning: 'count' sees the path as the client wrote it; put it behind 'canonical' in line 4"
      ])
    #expect(try findings("  - canonical\n  - { stage: limit-headers, when: { path: /a } }\n  - count") == [])
    #expect(try findings("  - { stage: limit-headers, when: { path: /a } }\n  - count") == [])
    #expect(try findings("  - { stage: limit-headers, when: { method: GET } }\n  - canonical") == [])
  }

  @Test func `a path that is canonical under a condition only`() throws {
    let get = "  - { stage: canonical, when: { method: GET } }"
    #expect(
      try findings("\(get)\n  - { stage: limit-headers, when: { path: /a } }\n  - count") == [
        "4:29: warning: this condition compares the path as the client wrote it; 'canonical' in line 3 makes it canonical "
          + "only where its own 'when' matches",
        "5:5: warning: 'count' sees the path as the client wrote it where the 'when' of 'canonical' in line 3 does not match",
      ])
    #expect(
      try findings(
        "\(get)\n  - { stage: limit-headers, when: { method: GET, path: /a } }\n  - { stage: count, when: { method: GET } }"
      )
        == [])
    let rest = "  - { stage: canonical, id: rest, when: { not: { method: GET } } }"
    #expect(try findings("\(get)\n\(rest)\n  - { stage: limit-headers, when: { path: /a } }\n  - count") == [])
  }

  @Test(arguments: [
    ("/a%2fb/**", "/a%2Fb/**"), ("/%7Eann", "/~ann"), ("/{id}", "/%7Bid%7D"), ("/a|b", "/a%7Cb"), ("/100%", "/100%25"),
    ("/%e4%41", "/%E4A"), ("/%+f", "/%25+f"),
  ])
  func `a path that is written as no canonical path is`(_ path: String, _ right: String) throws {
    let step = "  - { stage: limit-headers, when: { not: { path: [/fine, '\(path)'] } } }"
    #expect(
      try findings("  - canonical\n\(step)") == [
        "4:29: warning: '\(path)' is no path as 'canonical' leaves it; write '\(right)'"
      ])
    #expect(try findings(step) == [], "nobody makes it canonical, so it may come as it is written")
  }

  @Test(arguments: ["/a%2Fb", "/~ann/*.x", "/%*", "/%2*/**", "/a;b=c,d:e@f!$&'(+)", "*", "//a/%C3%A4"])
  func `a path as canonical paths are written is left alone`(_ path: String) throws {
    let quoted = path.replacing("'", with: "''")
    #expect(try findings("  - canonical\n  - { stage: limit-headers, when: { path: '\(quoted)' } }") == [])
  }

  @Test func `claims that are used before there are any`() throws {
    let count = "  - { stage: count, with: { key: claim } }"
    let verify = "  - { stage: verify-jwt, when: { path: /a }, with: { key: k } }"
    #expect(
      try findings("\(count)\n\(verify)") == [
        "3:14: warning: 'count' needs the claims of a token; put it behind 'verify-jwt' in line 4, which verifies it"
      ])
    #expect(
      try findings(count) == [
        "3:14: warning: 'count' needs the claims of a token, and no stage before it verifies one"
      ])
    #expect(try findings("\(verify)\n\(count)") == [])
  }

  @Test func `each warning has a rule of its own, and no secret in it`() throws {
    let loader = try Fixture.loader(variables: ["PREFIX": "/hidden"])
    let pipeline = try loader.load(
      text: """
        pipeline: p
        variables: { PREFIX: { secret: true } }
        stages:
          - { stage: limit-headers, when: { all: [{ path: "${PREFIX}/a" }, { path: "${PREFIX}/b" }] } }
          - canonical
          - { stage: count, when: { client-address: 10.0.0.1/8 }, with: { key: claim } }
        \(Self.tail)
        """)
    let warnings = pipeline.notes.filter { $0.severity == .warning }
    #expect(warnings.map(\.rule) == [.neverRuns, .beforeCanonicalPath, .beforeClaims, .hostBits])
    #expect(warnings.allSatisfy { !$0.rendered.contains("hidden") })
    #expect(warnings.allSatisfy { $0.rule.severity == $0.severity })
  }

  @Test(arguments: [
    ("/api/**", "{ path: /api/** }"), ("GET", "{ method: GET }"), ("'yes please'", "{ path: /api/**, method: GET }"),
  ])
  func `a condition that is written as text is told as the map that was meant`(_ when: String, _ map: String) throws {
    #expect(
      try findings("  - { stage: limit-headers, when: \(when) }") == [
        "3:35: error: a condition must be a map such as \(map), not text"
      ])
  }

  @Test(arguments: [
    ("names: a-b", "3:44: error: 'names': expected a list, each text; write [a-b]"),
    ("names: 'a b'", "3:44: error: 'names': expected a list, each text; write [a, b]"),
    (
      "max-count: [5]",
      "error: 'max-count': expected a whole number, found a list; write one value, without [ ] and '-'"
    ),
  ])
  func `a text in the place of a list, and the other way round`(_ option: String, _ finding: String) throws {
    let found = try findings("  - { stage: limit-headers, with: { \(option) } }")
    #expect(found.count == 1)
    #expect(found.first?.hasSuffix(finding) == true, "\(found)")
  }

  @Test func `globs overlap if some text matches both`() throws {
    for (left, right, isSo) in [
      ("/**", "/a/b", true), ("/a/**", "/a", true), ("/a/**/z", "/a/z", true), ("/a/**/z", "/a/**/y", false),
      ("/*", "/a/b", false), ("/a*c", "/ab*", true), ("/a*c", "/*d", false), ("/**/a/**", "/b/**/c", true),
      ("*", "/a", false),
    ] {
      let (a, b) = (try #require(Glob(left, separator: "/")), try #require(Glob(right, separator: "/")))
      #expect(a.overlaps(b) == isSo, "\(left) and \(right)")
      #expect(b.overlaps(a) == isSo, "\(right) and \(left)")
    }
  }
}
