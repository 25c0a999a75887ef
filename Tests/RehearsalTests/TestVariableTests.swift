import PipelineFile
import TelephoneKit
import Testing

@testable import Rehearsal

@Suite("variables in tests") struct TestVariableTests {
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

  @Test func `a secret that only a test holds does not stand in the trace of its failure`() async throws {
    let results = try await Suite().run(
      """
      tests:
        - name: it
          variables: { SECRET: hush-hush-hush }
          request: { target: "/a/../${SECRET}", fields: { X-Key: "${SECRET}" } }
          expect: { status: 404 }
      """)
    let failed = try #require(results.first?.failed)
    let changes = failed.trace.flatMap(\.changes).map { "\($0.before ?? "") -> \($0.after ?? "")" }
    #expect(changes.contains { $0.hasSuffix("-> /‹secret›") }, "\(changes)")
    #expect(!changes.contains { $0.contains("hush") }, "\(changes)")
  }

  @Test func `a key set that is none, or that nothing fetches, is told before a test runs`() throws {
    let found = try Suite(files: ["cut.json": "{", "empty.json": "{}"]).faults(
      """
      tests:
        - name: it
          request: {}
          expect: { status: 200 }
          key-sets: { "https://id/a": cut.json, "https://id/b": empty.json, "https://id/c": none.json }
      """)
    let text = found.map(\.sentence).joined(separator: "\n")
    for mark in [
      "no option of the pipeline is 'https://id/a', so nothing fetches it",
      "'cut.json' is no key set: cut.json:1:2: It ends",
      "'empty.json' is no key set: it has no list 'keys' (RFC 7517, 5)",
      "'none.json' cannot be read: No such file or directory",
    ] { #expect(text.contains(mark), "\(text)") }
  }

  @Test func `a variable of a test may hold those from outside it, and a dollar is written twice there, too`()
    async throws
  {
    let results = try await Suite().run(
      """
      tests:
        - name: it
          variables: { GREET: "a$$b", BURST: "1", PRICE: "$${BURST}", BOTH: "${BURST}${NONE:-x}" }
          request: { target: "/?${GREET},${PRICE},${BOTH}" }
          expect: { backend: { target: "/?a$$b,$${BURST},2x" } }
      """)
    #expect(results.map(\.failures) == [[]])
  }

  @Test func `a secret in a variable of a test is hidden, and a fault in one is told once`() async throws {
    let tests = """
      tests:
        - name: it
          variables: { COPY: "${SECRET}" }
          request: { target: "/a/../${COPY}" }
          expect: { status: 404 }
      """
    let failed = try #require(try await Suite().run(tests).first?.failed)
    let changes = failed.trace.flatMap(\.changes).map { "\($0.before ?? "") -> \($0.after ?? "")" }
    #expect(changes.contains { $0.hasSuffix("-> /‹secret›") }, "\(changes)")
    let found = try Suite().faults(
      "tests: [{ name: it, variables: { BURST: '${NONE}' }, request: {}, expect: { status: 200 } }]"
    ).filter { $0.severity == .error }
    #expect(found.map(\.sentence) == ["the variable NONE is set nowhere; set it, or write ${NONE:-default}"])
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
