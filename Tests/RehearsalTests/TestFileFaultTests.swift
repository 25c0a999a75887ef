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
      (
        "request: { body: [{ repeat: a, times: 16777216 }, b] }\(expect)",
        "13:55: error: 'body' comes to more than 16MiB"
      ),
    ])
  func `in a request`(keys: String, fault: String) throws {
    let found = try faults(keys)
    #expect(found.count == 1 && found[0].hasPrefix(fault), "\(found)")
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
      ("at: tomorrow", "13:9: error: 'tomorrow' is no date; write 2026-01-31T12:00:00Z"),
      ("variables: [a]", "13:16: error: 'variables' is a map such as { NAME: value }, not a list"),
      ("variables: { BURST: none }", "13:5: error: the pipeline cannot be used with these variables: shop.yaml:8:"),
      ("variables: { BURTS: '1' }", "13:18: warning: the pipeline declares no variable BURTS: did you mean 'BURST'?"),
      ("key-sets: { 'http://a/b': none.json }", "13:31: error: 'none.json' cannot be read: No such file or directory"),
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

  @Test func `what a secret variable is set to is not shown`() throws {
    let found = try Suite().faults(
      """
      tests:
        - { name: it, variables: { SECRET: [hush-hush] }, request: {}, expect: { status: "${SECRET}" } }
        - { name: at, variables: { SECRET: "hush hush hush" }, request: { method: "${SECRET}" }, at: "${SECRET}" }
      """)
    let text = found.map(\.rendered).joined()
    #expect(found.count == 4 && !text.contains("hush"), "\(text)")
    #expect(text.contains("'‹secret›' is no method") && !text.contains("not-a-secret"), "\(text)")
  }

  @Test func `tests may use variables, and a dollar is written twice`() async throws {
    let results = try await Suite().run(
      """
      tests:
        - name: it
          variables: { BURST: "1" }
          request: { target: "/limited?${BURST}$${BURST}" }
          expect: { backend: { target: "/limited?1$${BURST}" } }
      """)
    #expect(results.map(\.failures) == [[]])
  }
}

@Suite("requests from files") struct RequestFileTests {
  /// Reads one request in line 13; each line of the file is a target.
  private func read(_ request: String) throws -> (targets: [String], faults: [String]) {
    let loader = try Support.loader(files: ["shop.yaml": Suite.head, "many.txt": "/a\n/b", "bad.txt": ""])
    var diagnostics = DiagnosticList()
    let text = "- name: it\n  request: \(request)\n  expect: { status: 200 }"
    let node = try #require(YAMLComposer.compose(Array(text.utf8), file: "t", into: &diagnostics))
    guard case .sequence(let nodes) = node.content else { return ([], []) }
    var reader = TestReader(
      file: "t", pipeline: try loader.load(path: "shop.yaml"), loader: loader, diagnostics: diagnostics,
      requests: { octets, path in
        guard !octets.isEmpty else { throw StageBuildError("\(path) is empty") }
        return String(decoding: octets, as: UTF8.self).split(separator: "\n").map { RequestDraft(target: String($0)) }
      })
    let tests = reader.read(nodes)
    return (
      tests.flatMap(\.steps).compactMap(\.request?.target),
      reader.diagnostics.finished().map { "\($0.place.column) \($0.sentence)" }
    )
  }

  @Test func `the first entry, or the one that is named`() throws {
    #expect(try read("{ file: many.txt }").targets == ["/a"])
    #expect(try read("{ file: many.txt, entry: 2 }").targets == ["/b"])
  }

  @Test(
    arguments: [
      ("{ file: many.txt, entry: 3 }", "37 'many.txt' holds 2 requests, and 'entry' counts from 1"),
      ("{ file: many.txt, entry: 0 }", "37 'many.txt' holds 2 requests, and 'entry' counts from 1"),
      (
        "{ file: many.txt, entry: -9223372036854775808 }", "37 'many.txt' holds 2 requests, and 'entry' counts from 1"
      ),
      ("{ file: many.txt, entry: one }", "37 'entry': expected a whole number, found 'one'"),
      ("{ file: none.txt }", "20 'none.txt' cannot be read: No such file or directory"),
      ("{ file: bad.txt }", "20 'bad.txt' holds no requests: bad.txt is empty"),
      ("{ file: many.txt, method: PUT }", "30 unknown key 'method' in a request from a file"),
    ])
  func `faults of a file`(request: String, fault: String) throws {
    let faults = try read(request).faults
    #expect(faults.first == fault, "\(faults)")
  }
}

@Suite("files of tests") struct TestFileTests {
  private func suite(_ files: [String: String], _ path: String) throws -> TestSuite {
    var files = files
    files["a/shop.yaml"] = Suite.head
    return try TestSuite.load(testFile: path, by: Support.loader(files: files))
  }

  private static let tests = "tests: [{ name: it, request: {}, expect: { status: 200 } }]"

  @Test func `a file of tests belongs to the pipeline of its name, or to the one that it names`() throws {
    #expect(try suite(["a/shop.test.yaml": Self.tests], "a/shop.test.yaml").pipeline.file == "a/shop.yaml")
    let named = try suite(["a/x.test.yaml": "pipeline: shop.yaml\n\(Self.tests)"], "a/x.test.yaml")
    #expect(named.pipeline.name == "shop" && named.tests.map(\.name) == ["it"])
    #expect(TestFile.isTestFile("a/b.test.yaml") && !TestFile.isTestFile("a/test.yaml"))
    #expect(TestFile.path(beside: "a/b.yaml") == "a/b.test.yaml")
  }

  @Test(
    arguments: [
      ("", "1:1: error: the file is empty"),
      ("tests: {}", "1:8: error: 'tests' is missing, or is no list of tests"),
      ("pipeline: a/shop.yaml", "1:1: error: 'tests' is missing, or is no list of tests"),
      ("- a", "1:1: error: a file of tests is a map with 'pipeline', 'tests'"),
      ("stages: []\n\(tests)", "1:1: error: unknown key 'stages' in a file of tests"),
      ("pipeline: x.test.yaml\n\(tests)", "1:11: error: 'pipeline' names a pipeline file, not a file of tests"),
      (
        "pipeline: none.yaml\n\(tests)",
        "1:11: error: the pipeline 'none.yaml' cannot be used: none.yaml:1:1: error: the file cannot be read"
      ),
      ("pipeline: a/shop.yaml\ntests: [text]", "2:9: error: a test is a map with 'name'"),
    ])
  func `faults of a file of tests`(text: String, fault: String) throws {
    do {
      _ = try suite(["x.test.yaml": text], "x.test.yaml")
      Issue.record("this was taken: \(text)")
    } catch let error as PipelineFileError {
      let first = try #require(error.diagnostics.first?.headline)
      #expect(first.hasPrefix("x.test.yaml:\(fault)"), "\(first)")
    }
  }

  @Test func `check looks at the tests of a pipeline and at those beside it`() throws {
    var files = ["shop.yaml": Suite.head + "tests: [{ name: it }]", "shop.test.yaml": "tests: [{ name: that }]"]
    var loader = try Support.loader(files: files)
    var found = TestSuite.check(try loader.load(path: "shop.yaml"), by: loader)
    #expect(found.map(\.place.file) == ["shop.yaml", "shop.test.yaml"])
    files["shop.test.yaml"] = nil
    loader = try Support.loader(files: files)
    found = TestSuite.check(try loader.load(path: "shop.yaml"), by: loader)
    #expect(found.map(\.place.file) == ["shop.yaml"])
  }
}
