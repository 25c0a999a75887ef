import HTTPTypes
import TelephoneKit
import Testing

@testable import PipelineFile

struct `Conditions under when` {
  private func read(_ text: String, knowsStatus: Bool = true) -> (matcher: Matcher?, findings: [String]) {
    var list = DiagnosticList()
    let node = YAMLComposer.compose(Array(text.utf8), file: "p", into: &list)
    let matcher = node.flatMap { MatcherReader(knowsStatus: knowsStatus).read($0, into: &list) }
    return (matcher, list.finished().map { String($0.headline.dropFirst(2)) })
  }

  @Test(arguments: [
    ("/api/**", ["/api", "/api/", "/api/a", "/api/a/b", "/api/a?x=/"], ["/", "/apis", "/API/a", "/x/api/a"]),
    ("/**", ["/", "/a", "/a/b"], ["*"]),
    ("/a/*", ["/a/b", "/a/"], ["/a", "/a/b/c", "/a/b/"]),
    ("/a/*/c", ["/a/b/c", "/a//c"], ["/a/c", "/a/b/b/c"]),
    ("/a/**/z", ["/a/z", "/a/b/z", "/a/b/c/z"], ["/a/b", "/az", "/a/z/"]),
    ("/**/b/**/b", ["/b/b", "/a/b/c/b/d/b"], ["/b", "/b/b/c"]),
    ("/*.html", ["/a.html", "/.html", "/a.b.html"], ["/a/b.html", "/a.htm"]),
    ("/a*b*c", ["/abc", "/aXbXbXc"], ["/aXc", "/abcd"]),
    ("/%41", ["/%41"], ["/A", "/%4"]),
    ("/%C3%A4", ["/%C3%A4"], ["/ä", "/%c3%a4"]),
    ("*", ["*"], ["/"]),
  ])
  func `a path is matched octet for octet`(_ pattern: String, _ yes: [String], _ no: [String]) throws {
    let matcher = try #require(read("path: '\(pattern)'").matcher)
    for target in yes { #expect(matcher.matches(Request(target: target)), "\(target)") }
    for target in no { #expect(!matcher.matches(Request(target: target)), "\(target)") }
  }

  @Test func `a pattern of many stars takes no longer than pattern times text`() throws {
    let pattern = "/" + String(repeating: "*a", count: 500) + "/" + String(repeating: "**/", count: 500) + "x"
    let matcher = try #require(read("path: '\(pattern)'").matcher)
    #expect(
      !matcher.matches(
        Request(target: "/" + String(repeating: "a", count: 2000) + String(repeating: "/a", count: 2000))))
  }

  @Test(arguments: [
    ("example.com", ["example.com", "EXAMPLE.com:8443", "example.com."], ["a.example.com", "example.org", ""]),
    ("Example.com:8443", ["example.com:8443"], ["example.com", "example.com:443"]),
    ("'*.example.com'", ["a.example.com", "A.Example.Com:1"], ["example.com", "a.b.example.com"]),
    ("'**.example.com'", ["example.com", "a.b.example.com"], ["badexample.com"]),
    ("'[::1]'", ["[::1]", "[::1]:80"], ["[::2]"]),
    ("[a.org, b.org]", ["a.org", "b.org"], ["c.org"]),
  ])
  func `a host is matched without its case, and without its port unless one is given`(
    _ pattern: String, _ yes: [String], _ no: [String]
  ) throws {
    let matcher = try #require(read("host: \(pattern)").matcher)
    for host in yes { #expect(matcher.matches(Request(authority: host)), "\(host)") }
    for host in no { #expect(!matcher.matches(Request(authority: host)), "\(host)") }
  }

  @Test(arguments: [
    ("10.0.0.0/8", ["10.0.0.1", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.0", "::1", "", "10.0.0"]),
    ("192.168.1.128/25", ["192.168.1.128", "192.168.1.255"], ["192.168.1.127"]),
    ("127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]),
    ("fd00::/9", ["fd00::1", "fd7f::1"], ["fd80::1", "10.0.0.1"]),
    ("::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2"]),
    ("fe80::/10", ["fe80::1%eth0"], ["fec0::1"]),
    ("::ffff:10.0.0.0/104", ["10.1.1.1"], ["11.1.1.1"]),
    ("0.0.0.0/0", ["1.2.3.4"], ["::1"]),
    ("[10.0.0.1, '::1']", ["10.0.0.1", "::1"], ["10.0.0.2"]),
  ])
  func `an address is matched by its prefix`(_ range: String, _ yes: [String], _ no: [String]) throws {
    let matcher = try #require(read("client-address: \(range)").matcher)
    for address in yes { #expect(matcher.matches(Request(clientAddress: address)), "\(address)") }
    for address in no { #expect(!matcher.matches(Request(clientAddress: address)), "\(address)") }
    #expect(!matcher.matches(Request()))
  }

  @Test(arguments: [
    ("404", [404], [403, 405]), ("4xx", [400, 499], [399, 500]), ("500-502", [500, 502], [499, 503]),
    ("[204, 5xx]", [204, 500], [200]),
  ])
  func `a status is one code, a class, or a range`(_ text: String, _ yes: [Int], _ no: [Int]) throws {
    let matcher = try #require(read("status: \(text)").matcher)
    for status in yes { #expect(matcher.matches(Request(), status: status)) }
    for status in no { #expect(!matcher.matches(Request(), status: status)) }
    #expect(!matcher.matches(Request()))
  }

  @Test func `any value of a field can match, with stars for anything`() throws {
    var fields: HTTPFields = [:]
    fields.append(HTTPField(name: .accept, value: "text/html"))
    fields.append(HTTPField(name: .accept, value: "image/png"))
    let request = Request(fields: fields)
    let cases = [
      ("{ accept: image/png }", true), ("{ Accept: image/* }", true), ("{ accept: IMAGE/PNG }", false),
      ("{ accept: [a, text/html] }", true), ("{ accept: { present: true } }", true),
      ("{ accept: { present: false } }", false), ("{ cookie: { present: false } }", true), ("{ cookie: '*' }", false),
      ("{ accept: 'text/*', cookie: { present: true } }", false),
    ]
    for (text, expected) in cases {
      #expect(try #require(read("header: \(text)").matcher).matches(request) == expected, "\(text)")
    }
  }

  @Test func `conditions combine, and several keys of a map must all match`() throws {
    let matcher = try #require(
      read("{ method: [GET, HEAD], any: [{ path: /a/** }, { all: [{ host: b.org }, { not: { path: /b } }] }] }").matcher
    )
    #expect(matcher.matches(Request(target: "/a/x")))
    #expect(!matcher.matches(Request(method: .post, target: "/a/x")))
    #expect(matcher.matches(Request(authority: "b.org", target: "/c")))
    #expect(!matcher.matches(Request(authority: "b.org", target: "/b")))
    #expect(matcher.description == "method GET|HEAD and (path /a/** or (host b.org and not path /b))")
  }

  @Test func `a condition is described in one line`() throws {
    let text =
      "{ path: /api/**, method: GET, header: { x-a: 'b*', x-c: { present: false } }, client-address: 10.0.0.0/8 }"
    #expect(
      try #require(read(text).matcher).description
        == "path /api/** and method GET and header x-a b* and header x-c absent and client-address 10.0.0.0/8")
  }

  @Test(arguments: [
    ("GET", "1:1: error: a condition must be a map such as { method: GET }, not text"),
    ("{}", "1:1: error: this condition says nothing; take it out, or name a path, a method, …"),
    ("{ pth: /a }", "1:3: error: unknown condition 'pth': did you mean 'path'?"),
    ("{ path: api }", "1:9: error: 'api' is no path; a path begins with '/'"),
    ("{ path: '/a?b' }", "1:9: error: '/a?b' can match no path; a path ends before '?' and '#'"),
    (
      "{ path: /café/** }",
      "1:9: error: '/café/**' can match no path; all but visible ASCII is escaped in a path; write '/caf%C3%A9/**'"
    ),
    (
      "{ path: [/a, '/my files/*'] }",
      "1:14: error: '/my files/*' can match no path; all but visible ASCII is escaped in a path; write '/my%20files/*'"
    ),
    (
      "{ path: /a** }",
      "1:9: error: '/a**' has a '**' that is not a whole segment; write /a/**/b, or '*' within a segment"
    ),
    ("{ path: [] }", "1:9: error: 'path' takes a value or a list of them, not an empty list"),
    ("{ path: }", "1:9: error: 'path' takes a value or a list of them, not nothing"),
    ("{ method: { a: b } }", "1:11: error: 'method' takes a value or a list of them, not a map"),
    ("{ method: 'G T' }", "1:11: error: 'G T' is no method (RFC 9110, 9.1)"),
    ("{ method: get }", "1:11: error: 'get' is not 'GET'; the case of a method matters"),
    ("{ header: x }", "1:11: error: 'header' takes a map such as { x-name: value }, not text"),
    ("{ header: { 'a b': c } }", "1:13: error: 'a b' is no field name (RFC 9110, 5.1)"),
    ("{ header: { Host: c } }", "1:13: error: 'host' is no header here; write 'host' beside 'header'"),
    (
      "{ header: { Upgrade: websocket } }",
      "1:13: error: 'Upgrade' is for one connection only and ends at the gateway (RFC 9110, 7.6.1); no stage sees it"
    ),
    (
      "{ header: { proxy-user: { present: false } } }",
      "1:13: error: 'proxy-user' is for one connection only and ends at the gateway (RFC 9110, 7.6.1); no stage sees it"
    ),
    ("{ header: { a: { there: true } } }", "1:16: error: a field takes a value, a list of them, or { present: true }"),
    ("{ host: *.a.org }", "1:9: error: a text that begins with '*' wants quotes; without them it is an alias"),
    ("{ host: 'http://a' }", "1:9: error: 'http://a' is no host; write example.com, *.example.com or host:port"),
    ("{ client-address: 10.0.0 }", "1:19: error: '10.0.0' is no address; write 10.0.0.1, 10.0.0.0/8, ::1 or fd00::/8"),
    (
      "{ client-address: 10.0.0.0/33 }",
      "1:19: error: '10.0.0.0/33' is no address; write 10.0.0.1, 10.0.0.0/8, ::1 or fd00::/8"
    ),
    ("{ client-address: 10.0.0.1/8 }", "1:19: warning: '10.0.0.1/8' has bits set behind its prefix; they do not count"),
    ("{ status: 6xx }", "1:11: error: '6xx' is no status; write 404, 4xx or 500-599"),
    ("{ status: 500-400 }", "1:11: error: '500-400' is no status; write 404, 4xx or 500-599"),
    ("{ any: { path: /a } }", "1:8: error: 'any' takes a list of conditions, not a map"),
    ("{ all: [] }", "1:8: error: 'all' takes a list of conditions, not an empty list"),
    ("{ not: [] }", "1:8: error: a condition must be a map such as { path: /api/**, method: GET }, not a list"),
  ])
  func `a condition that cannot be is refused at its place`(_ text: String, _ finding: String) {
    #expect(read(text).findings == [finding])
  }

  @Test func `status is not known before the response track, and all faults are said`() {
    #expect(
      read("{ status: 404, any: [{ path: a }, { path: /b }, { hots: c }] }", knowsStatus: false).findings == [
        "1:3: error: 'status' is not known before the response track",
        "1:30: error: 'a' is no path; a path begins with '/'",
        "1:51: error: unknown condition 'hots': did you mean 'host'?",
      ])
  }

  @Test func `a star in a secret is just a star, and the secret is not shown`() {
    let matcher = Matcher.header(.authorization, .value(patterns: [], secrets: ["a*"]))
    #expect(matcher.matches(Request(fields: [.authorization: "a*"])))
    #expect(!matcher.matches(Request(fields: [.authorization: "ab"])))
    #expect(matcher.description == "header Authorization ‹secret›")
  }

  @Test func `what stands beside a secret in a list is a pattern as ever`() throws {
    let pipeline = try Fixture.loader(variables: ["KEY": "k*y1"]).load(
      text: """
        pipeline: p
        variables: { KEY: { secret: true } }
        stages:
          - { stage: limit-headers, when: { header: { x-key: ["${KEY}", "test-*"] } } }
          - { stage: forward, with: { to: x } }
          - emit-chunks
        """)
    let matcher = try #require(pipeline.steps.first?.condition)
    let name = try #require(HTTPField.Name("X-Key"))
    for (value, isMet) in [("k*y1", true), ("key1", false), ("test-1", true), ("test-*", true), ("best-1", false)] {
      #expect(matcher.matches(Request(fields: [name: value])) == isMet, "\(value)")
    }
    #expect(matcher.description == "header x-key test-*|‹secret›")
  }
}
