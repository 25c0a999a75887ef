import PipelineFile
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
