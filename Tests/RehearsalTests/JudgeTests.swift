import Foundation
import NIOCore
import PipelineFile
import Rehearsal
import TelephoneKit
import Testing

/// What comes of a request, compared with what is expected.
@Suite("expectations") struct JudgeTests {
  /// What fails of one test with these keys, each as `subject: expected | actual`.
  private func failures(
    _ expect: String, request: String = "{}", stub: String = "{ body: hello }", files: [String: String] = [:]
  ) async throws -> [String] {
    let results = try await Suite(files: files).run(
      "tests: [{ name: it, request: \(request), stub: \(stub), expect: \(expect) }]")
    return results.flatMap { $0.failures.map { "\($0.subject): \($0.expected) | \($0.actual)" } }
  }

  @Test(
    arguments: [
      ("{ status: 404 }", "status: 404 | 200"), ("{ status: [4xx, 500-599] }", "status: 4xx or 500-599 | 200"),
      ("{ outcome: refused }", "outcome: refused | delivered"), ("{ code: late }", "code: late | none"),
      ("{ decided-by: few }", "decided-by: few | forward"), ("{ chunks: 2 }", "chunks: 2 | 1"),
      ("{ chunks: [4B] }", "chunks: 4 | 5"), ("{ interim: 103 }", "interim: 103 | none"),
      ("{ body: Hello }", "body: Hello | hello"),
      ("{ body: { contains: [he, you] } }", "body: a text that contains: you | hello"),
      ("{ body: { matches: ^ello } }", "body: a text that matches: ^ello | hello"),
      ("{ body: { json: { '': 1 } } }", "body's json: JSON | hello"),
      ("{ fields: { X-A: b } }", "field X-A: b | absent"),
      ("{ fields: { Content-Length: { absent: true } } }", "field Content-Length: absent | 5"),
      ("{ fields: { X-A: { absent: false } } }", "field X-A: present | absent"),
      ("{ fields: { X-A: { absent: false, matches: a } } }", "field X-A: present | absent"),
      ("{ backend: { fields: { X-A: { absent: false } } } }", "backend's field X-A: present | absent"),
      ("{ fields: { Content-Length: [5, 5] } }", "field Content-Length: 5, 5 | 5"),
      (
        "{ fields: { Content-Type: { contains: html } } }",
        "field Content-Type: a text that contains: html | text/plain; charset=utf-8"
      ),
      ("{ trailers: { X-A: b } }", "trailer X-A: b | absent"),
      ("{ backend: not-called }", "backend: called never | called once"),
      ("{ backend: { times: 2 } }", "backend: called 2 times | called once"),
      ("{ backend: { method: POST } }", "backend's method: POST | GET"),
      ("{ backend: { target: { matches: '^/x' } } }", "backend's target: a text that matches: ^/x | /"),
      ("{ backend: { authority: a } }", "backend's authority: a | localhost"),
      ("{ backend: { fields: { X-A: b } } }", "backend's field X-A: b | absent"),
      ("{ backend: { body: { contains: a } } }", "backend's body: a text that contains: a | "),
    ])
  func `what is not as expected is told`(expect: String, failure: String) async throws {
    #expect(try await failures(expect) == [failure])
  }

  @Test func `what is for one connection ends at the gateway, as it does when the pipeline runs`() async throws {
    let absent = ["Connection", "X-Hop", "TE", "Proxy-Authorization", "Transfer-Encoding", "Content-Length"]
      .map { "\($0): { absent: true }" }.joined(separator: ", ")
    #expect(
      try await failures(
        "{ backend: { fields: { \(absent), X-Kept: b }, body: hello } }",
        request: """
          { body: hello, fields: { Connection: X-Hop, X-Hop: a, TE: trailers, Proxy-Authorization: c, X-Kept: b, \
          Transfer-Encoding: chunked } }
          """) == [])
  }

  @Test(
    arguments: [
      "{ status: [201, 200], outcome: delivered, code: none, decided-by: forward, interim: [] }",
      "{ body: hello, chunks: [5B] }", "{ body: { contains: ell, matches: '^h.*o$' }, chunks: 1 }",
      "{ body: { sha256: 2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824 } }",
      "{ fields: { content-type: { matches: ^text/, equals: text/plain; charset=utf-8 }, X-A: { absent: true } } }",
      "{ fields: { content-type: { absent: false, contains: plain } } }",
      "{ backend: { method: GET, target: /, authority: localhost, times: 1, fields: { X-A: { absent: true } }, body: '' } }",
    ])
  func `what is as expected passes`(expect: String) async throws {
    #expect(try await failures(expect) == [])
  }

  @Test func `a digest that differs is shown`() async throws {
    let found = try await failures("{ body: { sha256: \(String(repeating: "0", count: 64)) } }")
    #expect(
      found.count == 1 && found[0].hasSuffix("| 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"))
  }

  @Test(
    arguments: [
      ("{ /user/name: Ann, /user/tags/1: b, /count: 2, /half: 0.5, /none: null, /yes: true }", nil),
      ("{ /user: { name: Ann, tags: [a, b] } }", nil), ("{ /a~1b: { /~0: 1 } }", "{\"/~0\":1} | {\"~\":1}"),
      ("{ /count: 2.0 }", nil), ("{ /count: '2' }", "\"2\" | 2"), ("{ /yes: 1 }", "1 | true"),
      ("{ /user/tags/2: c }", "\"c\" | nothing"), ("{ /user/tags/01: b }", "\"b\" | nothing"),
      ("{ /user/name/x: b }", "\"b\" | nothing"),
      ("{ /user: { name: Ann } }", "{\"name\":\"Ann\"} | {\"name\":\"Ann\",\"tags\":[\"a\",\"b\"]}"),
    ])
  func `values in JSON`(pointers: String, failure: String?) async throws {
    let json = "{ user: { name: Ann, tags: [a, b] }, count: 2, half: 0.5, none: null, yes: true, a/b: { '~': 1 } }"
    let found = try await failures("{ body: { json: \(pointers) } }", stub: "{ json: \(json) }")
    #expect(found.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) } == (failure.map { [$0] } ?? []))
  }

  @Test func `a test ends at the first request that fails, and shows it`() async throws {
    let result = try #require(
      try await Suite().run(
        """
        tests:
          - name: it
            sequence:
              - { request: { target: /limited }, times: 2, expect: { status: 200 } }
              - { request: { target: /limited?3 }, expect: { status: 200, code: none } }
              - { request: { target: /limited?4 }, expect: { status: 500 } }
        """
      ).first)
    #expect(result.failures.map(\.subject) == ["status", "code"])
    #expect(result.failures.map(\.place.line) == [15, 15])
    #expect(result.failed?.request.target == "/limited?3")
    #expect(result.failed?.trace.contains { $0.step == "few" } == true)
    #expect(!result.hasPassed)
  }

  @Test func `each test has stages of its own`() async throws {
    let one = "request: { target: /limited }, times: 2, expect: { status: 200 }"
    let results = try await Suite().run("tests: [{ name: a, \(one) }, { name: b, \(one) }]")
    #expect(results.map(\.hasPassed) == [true, true])
  }

  @Test func `a sequence can replace the stub`() async throws {
    let results = try await Suite().run(
      """
      tests:
        - name: a backend that comes back
          stub: { fail: { at: head, status: 504, code: backend-connect-timeout } }
          sequence:
            - { request: {}, expect: { status: 504, code: backend-connect-timeout, outcome: failed } }
            - { stub: { body: back } }
            - { request: {}, expect: { status: 200, body: back } }
      """)
    #expect(results.map(\.failures) == [[]])
  }

  @Test func `files hold bodies, keys and snapshots`() async throws {
    let jwks = #"{"keys":[{"kty":"oct","k":"bm90LWEtc2VjcmV0"}]}"#
    let files = ["in.bin": "from a file", "out.txt": "hello", "old.txt": "hullo", "keys.json": jwks]
    #expect(
      try await failures(
        "{ backend: { body: from a file }, body: { snapshot: out.txt } }", request: "{ body-file: in.bin }",
        files: files)
        == [])
    #expect(
      try await failures("{ body: { snapshot: old.txt } }", files: files) == ["body's snapshot old.txt: hullo | hello"])
    #expect(
      try await failures("{ body: { snapshot: new.txt } }", files: files) == [
        "body's snapshot new.txt: there is no such file yet; 'telephone test --update' writes it | hello"
      ])
  }

  @Test func `secrets are not shown in what failed`() async throws {
    let results = try await Suite().run(
      """
      tests:
        - name: it
          request: { fields: { Authorization: "Bearer ${SECRET}", X-Copy: "${SECRET}" } }
          stub: { body: "${SECRET}" }
          expect:
            body: other
            backend: { fields: { Authorization: none, X-Copy: none } }
      """)
    let failures = results.flatMap(\.failures)
    #expect(failures.count == 3)
    #expect(failures.map(\.actual) == ["‹secret›", "‹secret›", "‹secret›"])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a test whose stage never comes back fails after a while`() async throws {
    let loader = try Support.loader(
      stages: [WaitForever.self],
      files: [
        "p.yaml": """
        pipeline: p
        stages:
          - wait-forever
          - { stage: forward, with: { to: "http://127.0.0.1:9" } }
          - emit-chunks
        tests: [{ name: it, request: {}, expect: { status: 200 } }]
        """
      ])
    let suite = try TestSuite.load(of: loader.load(path: "p.yaml"), by: loader)
    let clock = ManualClock()
    async let results = TestRunner(logger: Support.logger, clock: clock).run(suite.tests, atOnce: 1)
    await clock.sleepers(1)
    clock.advance(by: TestRunner.limit)
    #expect(
      await results.flatMap(\.diagnostics).map(\.sentence) == [
        "the test did not end within 30s: a stage waits for something that does not come, or a pattern of 'matches' tries too "
          + "many ways (such as ^(a+)+$)"
      ])
  }

  @Test func `a stage that cannot be built fails the test with its place`() async throws {
    let loader = try Support.loader(files: [
      "p.yaml": """
      pipeline: p
      stages:
        - { stage: verify-jwt, with: { algorithms: [ES256], public-key: none.pem } }
        - { stage: forward, with: { to: "http://127.0.0.1:9" } }
        - emit-chunks
      tests: [{ name: it, request: {}, expect: { status: 200 } }]
      """
    ])
    let suite = try TestSuite.load(of: loader.load(path: "p.yaml"), by: loader)
    let results = await TestRunner(logger: Support.logger).run(suite.tests, atOnce: 1)
    #expect(results.map(\.hasPassed) == [false])
    #expect(results[0].diagnostics.map(\.place.line) == [3])
  }
}
