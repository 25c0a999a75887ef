import PipelineFile
import TelephoneKit
import Testing

@testable import Rehearsal

/// What is wrong in a test is said at its place, with what to do.
@Suite("faults in tests") struct TestFileFaultTests {
  /// One test with these keys beside its name, in line 12 and 13.
  private func faults(_ keys: String, files: [String: String] = [:]) throws -> [String] {
    try Suite(files: files).faults("tests:\n  - name: it\n    \(keys.replacing("\n", with: "\n    "))\n")
      .map { String($0.headline.dropFirst("shop.yaml:".count)) }
  }

  private static let expect = "\nexpect: { status: 200 }"

  @Test(
    arguments: [
      ("request: {}", "12:5: error: this test expects nothing; say under 'expect' what must come of it"),
      ("request: {}\nexpect:", "12:5: error: this test expects nothing; say under 'expect' what must come of it"),
      ("request: {}\nexpect: {}", "14:13: error: this says nothing that is expected; give a 'status', a 'body', …"),
      ("expect: { status: 200 }", "12:5: error: 'request' is missing; or write a 'sequence' of them"),
      (
        "request: GET /\(expect)",
        "13:14: error: a request is a map with 'method', 'target', 'scheme', 'authority', …, not text"
      ),
      (
        "request: {}\nexpects: { status: 200 }\(expect)",
        "14:5: error: unknown key 'expects' in a test: did you mean 'expect'?"
      ),
      ("request: { path: / }\(expect)", "13:16: error: unknown key 'path' in a request"),
      ("request: { method: 'a b' }\(expect)", "13:24: error: 'a b' is no method (RFC 9110, 9.1)"),
      ("request: { scheme: ftp }\(expect)", "13:24: error: 'scheme' is http or https, not 'ftp'"),
      ("request: { fields: { 'a b': c } }\(expect)", "13:26: error: 'a b' is no field name (RFC 9110, 5.1)"),
      (
        "request: { fields: { a: \"b\\nc\" } }\(expect)",
        "13:29: error: the value of 'a' holds a control character, or a space at an end (RFC 9110, 5.5)"
      ),
      (
        "request: { fields: { Host: a } }\(expect)",
        "13:24: error: 'Host' is no field here; write 'authority' beside 'fields'"
      ),
      ("request: { fields: [[a, b, c]] }\(expect)", "13:25: error: a field is [name, value], two texts, not 3"),
      ("request: { fields: [{ name: a }] }\(expect)", "13:25: error: a field takes 'name' and 'value'"),
      ("request: { fields: text }\(expect)", "13:24: error: 'fields' is a map such as { Accept: text/html }, not text"),
      (
        "request: { fields: [{ name: a, value: b, times: 10001 }] }\(expect)",
        "13:53: error: 'times' must be from 0 to 10000, not 10001"
      ),
      (
        "request: { body: a, json: b }\(expect)",
        "13:25: error: 'json' stands beside 'body'; only one of them can be given"
      ),
      (
        "request: { body-file: none.bin }\(expect)",
        "13:27: error: 'none.bin' cannot be read: No such file or directory"
      ),
      (
        "request: { json: { a: [18446744073709551616] } }\(expect)",
        "13:28: error: '18446744073709551616' has more digits than are kept of a number; put it in quotes"
      ),
      ("request: { body-base64: '*' }\(expect)", "13:29: error: 'body-base64' is not base64 (RFC 4648, 4)"),
      (
        "request: { body: { repeat: a } }\(expect)",
        "13:22: error: 'times' is missing; write { repeat: a, times: 5000 }"
      ),
      ("request: { body: { repeat: ab, times: 8388609 } }\(expect)", "13:22: error: 'body' comes to more than 16MiB"),
      (
        "request: { body: { repeat: ab, times: -1 } }\(expect)",
        "13:43: error: 'times' must be from 0 to 16777216, not -1"
      ),
      (
        "request: { body: { repeat: a, times: 9223372036854775808 } }\(expect)",
        "13:42: error: 'times': expected a whole number"
      ),
      ("request: { target: a b }\(expect)", "13:24: error: 'target' is a path and a query; write a space as %20"),
      ("request: { authority: a b }\(expect)", "13:27: error: 'authority' is a host such as example.com:8080"),
      ("request: { authority: '[::1' }\(expect)", "13:27: error: 'authority' is a host such as example.com:8080"),
      ("request: { client-address: 300.1.1.1 }\(expect)", "13:32: error: 'client-address' is an IP address"),
      ("request: { client-address: 10.0.0.0/8 }\(expect)", "13:32: error: 'client-address' is an IP address"),
      (
        "request: { body: [{ repeat: a, times: 16777216 }, b] }\(expect)",
        "13:55: error: 'body' comes to more than 16MiB"
      ),
    ])
  func `in a request`(keys: String, fault: String) throws {
    let found = try faults(keys)
    #expect(found.count == 1 && found[0].hasPrefix(fault), "\(found)")
  }

  @Test func `fields are counted before they are too many for the program`() throws {
    let entries = Array(repeating: "{ name: x-a, value: b, times: 10000 }", count: 7).joined(separator: ", ")
    #expect(
      try faults("request: { fields: [\(entries)] }\(Self.expect)")
        == ["13:24: error: 'fields' holds more than 10000 fields"])
    #expect(try faults("request: { fields: [{ name: x-a, value: b, times: 10000 }] }\(Self.expect)") == [])
    #expect(
      try faults("request: { fields: [{ name: x-a, value: 'b ', times: 10000 }] }\(Self.expect)").count == 1)
  }

  @Test(
    arguments: [
      ("status: 99", "14:23: error: '99' is no status; write 404, 4xx or 500-599"),
      ("status: [200, six]", "14:29: error: 'six' is no status; write 404, 4xx or 500-599"),
      ("stat: 200", "14:15: error: unknown key 'stat' in what is expected"),
      (
        "decided-by: normalise-path",
        "14:27: error: the pipeline has no step 'normalise-path': did you mean 'normalize-path'?"
      ),
      (
        "outcome: deliverd",
        "14:24: error: 'outcome' is one of delivered, refused, abandoned, failed, not 'deliverd': did you mean 'delivered'?"
      ),
      ("fields: { a: { matches: '(' } }", "14:39: error: '(' is no regular expression"),
      ("fields: { a: {} }", "14:28: error: say what is expected of the field"),
      (
        "fields: { a: { absent: true, equals: b } }",
        "14:28: error: a field that is absent can neither be equal nor contain anything"
      ),
      (
        "fields: { a: { absent: } }",
        "14:30: error: 'absent' says nothing that is expected; give a value, or leave it out"
      ),
      ("fields: { a: { absent: maybe } }", "14:38: error: 'absent': expected true or false"),
      ("status:", "14:15: error: 'status' says nothing that is expected"),
      ("status: 200, body: ~", "14:28: error: 'body' says nothing that is expected"),
      ("body: { contains: }", "14:23: error: 'contains' says nothing that is expected"),
      ("body: { sha256: }", "14:23: error: 'sha256' says nothing that is expected"),
      ("body: { json: }", "14:23: error: 'json' says nothing that is expected"),
      ("body: { snapshot: }", "14:23: error: 'snapshot' says nothing that is expected"),
      ("backend: { target: }", "14:26: error: 'target' says nothing that is expected"),
      ("backend: { target: { equals: } }", "14:36: error: 'equals' says nothing that is expected"),
      (
        "body: { json: { /a: 9223372036854775808 } }",
        "14:35: error: '9223372036854775808' has more digits than are kept of a number; put it in quotes"
      ),
      ("fields: [a]", "14:23: error: 'fields' is a map such as { Content-Type: text/html }, not a list"),
      ("body: { like: a }", "14:23: error: unknown key 'like' in what is expected of the body"),
      ("body: {}", "14:21: error: say what is expected of the body, such as { contains: hello }"),
      ("body: { sha256: abc }", "14:31: error: 'sha256' is 64 hexadecimal digits"),
      (
        "body: { json: { a: 1 } }",
        "14:31: error: 'a' is no JSON pointer (RFC 6901); write /a/0 for the first element of a"
      ),
      ("body: { json: { /a~2: 1 } }", "14:31: error: '/a~2' is no JSON pointer"),
      ("body: { json: 1 }", "14:29: error: 'json' is a map from pointers to values, such as { /user/0/name: Ann }"),
      ("chunks: -1", "14:23: error: 'chunks' is a number of chunks, or a list of their sizes"),
      ("chunks: [1X]", "14:24: error: 'chunks': expected a size"),
      ("fields: {}", "14:23: error: 'fields' says nothing that is expected"),
      ("trailers: {}", "14:25: error: 'trailers' says nothing that is expected"),
      ("body: { matches: [] }", "14:32: error: 'matches' says nothing that is expected"),
      ("body: { contains: [] }", "14:33: error: 'contains' says nothing that is expected"),
      ("body: { snapshot: shop.yaml }", "14:33: error: 'snapshot' is a file that"),
      ("body: { snapshot: . }", "14:33: error: 'snapshot' is a file that"),
      ("interim: 200", "14:24: error: 200 is no interim status; write 100, or 102 to 199"),
      ("interim: [103, 101]", "14:30: error: 101 is no interim status"),
      ("interim: soon", "14:24: error: 'interim': expected a whole number, found 'soon'"),
      (
        "backend: not-caled",
        "14:24: error: 'backend' is called, not-called, or a map with method, target, authority, fields, body, times: did you mean 'not-called'?"
      ),
      ("backend: { body: { snapshot: a } }", "14:34: error: unknown key 'snapshot' in what is expected of the body"),
    ])
  func `in what is expected`(expect: String, fault: String) throws {
    let found = try faults("request: {}\nexpect: { \(expect) }")
    #expect(found.count == 1 && found[0].hasPrefix(fault), "\(found)")
  }

  @Test(
    arguments: [
      ("stub: 404", "13:11: error: a stub is a map with 'status', 'fields', 'body', 'body-file', …, not text"),
      ("stub: { status: 101 }", "13:21: error: 'status' must be from 200 to 599, not 101"),
      ("stub: { staus: 200 }", "13:13: error: unknown key 'staus' in a stub: did you mean 'status'?"),
      ("stub: { pause: 1s }", "13:13: error: 'pause' stands between chunks; give 'chunks', too"),
      ("stub: { delay: soon }", "13:20: error: 'delay': expected a duration"),
      ("stub: { body: a, chunks: [b] }", "13:22: error: 'chunks' stands beside 'body'; only one of them can be given"),
      ("stub: { chunks: [''] }", "13:22: error: a chunk has at least one octet"),
      ("stub: { body: abc, fail: 4 }", "13:30: error: the body has only 3 octets"),
      ("stub: { fail: tail }", "13:19: error: 'fail' takes 'head', or the octet of the body at which it breaks off"),
      ("stub: { fail: { status: 502 } }", "13:19: error: 'at' is missing; write 'at: head', or the octet of the body"),
      ("stub: { fail: { at: head, status: 200 } }", "13:39: error: 'status' must be from 400 to 599, not 200"),
      ("stub: { interim: 101 }", "13:22: error: 'interim' is a status such as 103"),
      ("stub: { routes: { a: b } }", "13:21: error: 'routes' is a list of answers with 'when', not a map"),
      (
        "stub: { routes: [{ status: 404 }] }",
        "13:22: error: 'when' is missing; the answer to all other requests is 'default'"
      ),
      ("stub: { routes: [{ when: { path: x } }] }", "13:38: error: 'x' is no path; a path begins with '/'"),
      ("stub: { routes: [], status: 200 }", "13:25: error: unknown key 'status' in a stub with routes"),
      (
        "mocks: { verify-jtw: proceed }",
        "13:14: error: the pipeline has no step 'verify-jtw': did you mean 'verify-jwt'?"
      ),
      (
        "mocks: { verify-jwt: procede }",
        "13:26: error: 'procede' is nothing for 'verify-jwt'; a step of the request track can be told to proceed, answer, refuse, fail: did you mean 'proceed'?"
      ),
      (
        "mocks: { forward: proceed }",
        "13:23: error: 'proceed' is nothing for 'forward'; a step of the backend track can be told to answer, refuse, fail"
      ),
      (
        "mocks: { emit-chunks: proceed }",
        "13:27: error: 'emit-chunks' emits the answer, and nothing can stand in its place"
      ),
      ("mocks: { few: { refuse: { status: 200 } } }", "13:39: error: 'status' must be from 400 to 599, not 200"),
      ("mocks: { few: { refuse: {}, fail: {} } }", "13:19: error: a mock says one thing, such as 'proceed'"),
      (
        "mocks: { few: { proceed: { claims: ann } } }", "13:40: error: 'claims' is a map such as { sub: ann }, not text"
      ),
      ("mocks: [few]", "13:12: error: 'mocks' is a map such as { verify-jwt: proceed }, not a list"),
      ("at: 2026-02-30", "13:9: error: '2026-02-30' is no date"),
      ("at: 2026-01-31T12:00:00", "13:9: error: '2026-01-31T12:00:00' is no date"),
      ("at: 2026-01-31T12:00:00Zulu", "13:9: error: '2026-01-31T12:00:00Zulu' is no date"),
      ("at: -9223372036854775808", "13:9: error: '-9223372036854775808' is no date"),
      ("at: tomorrow", "13:9: error: 'tomorrow' is no date; write 2026-01-31T12:00:00Z"),
      ("variables: [a]", "13:16: error: 'variables' is a map such as { NAME: value }, not a list"),
      ("variables: { BURST: none }", "13:5: error: the pipeline cannot be used with these variables: shop.yaml:8:"),
      ("variables: { BURTS: '1' }", "13:18: warning: the pipeline declares no variable BURTS: did you mean 'BURST'?"),
      ("key-sets: { keys: keys.json }", "13:17: error: 'keys' is no URL; write it as the pipeline does"),
      ("key-sets: text", "13:15: error: 'key-sets' is a map from URLs to files, not text"),
      ("times: 0", "13:12: error: 'times' must be from 1 to 10000, not 0"),
    ])
  func `in what surrounds it`(keys: String, fault: String) throws {
    let found = try faults("\(keys)\nrequest: {}\nexpect: { status: 200 }")
    #expect(found.count == 1 && found[0].hasPrefix(fault), "\(found)")
  }

  @Test(
    arguments: [
      ("sequence: text", "13:15: error: 'sequence' is a list of steps, not text"),
      ("sequence: []", "12:5: error: this test expects nothing"),
      ("sequence: [{ request: {} }]", "12:5: error: this test expects nothing"),
      ("sequence: [{}]", "13:16: error: this step does nothing; give a 'request', an 'advance' or a 'stub'"),
      (
        "sequence: [{ advance: 1s, expect: { status: 200 } }]",
        "13:31: error: 'expect' is about a request, and this step sends none"
      ),
      ("sequence: [{ advance: -1s }]", "13:27: error: 'advance': expected a duration"),
      (
        "sequence: [{ request: {}, expect: { status: 200 } }]\nexpect: { status: 200 }",
        "14:5: error: 'expect' stands beside 'sequence'; write it in a step of the sequence"
      ),
      ("sequence: [{ send: {} }]", "13:18: error: unknown key 'send' in a step"),
    ])
  func `in a sequence`(keys: String, fault: String) throws {
    let found = try faults(keys)
    #expect(found.first?.hasPrefix(fault) == true, "\(found)")
  }

  @Test func `all faults of a file are found in one pass, each with its line`() throws {
    let found = try Suite().faults(
      """
      tests:
        - request: {}
          expect: { status: 200 }
        - name: one
          request: {}
          expect: { status: 2000, code: [] }
        - name: one
          request: {}
          expect: { body: { matches: "[" }, decided-by: nobody }
      """)
    #expect(
      found.map { "\($0.place.line):\($0.place.column) \($0.sentence.prefix(30))" } == [
        "12:5 'name' is missing; say in a fe", "16:23 '2000' is no status; write 404",
        "16:35 'code': expected text, found a", "17:11 a test of this name stands in ",
        "19:32 '[' is no regular expression: ", "19:51 the pipeline has no step 'nobo",
      ])
    #expect(found.allSatisfy { $0.excerpt != nil })
  }
}
