import Foundation
import Testing

@Suite("telephone graph")
struct GraphTests {
  private static let file = """
    pipeline: 'the "whole" <way>'
    variables: { PREFIX: { secret: true, example: /hidden-prefix } }
    stages:
      - include: limits.yaml
      - stage: verify-jwt
        id: auth
        when: { header: { x-a: 'a"b<c>|d#e[f](g){h}\\z"\u{301}' } }
        with: { algorithms: [HS256], secret: hidden-secret }
      - { stage: rate-limit, when: { path: "${PREFIX}/**" }, with: { rate: 1/s } }
      - { stage: forward, id: reads, when: { method: [GET, HEAD] }, with: { to: "http://127.0.0.1:1" } }
      - { stage: forward, id: writes, when: { method: POST }, with: { to: "http://127.0.0.1:2" } }
      - emit-chunks
    """

  private func graph(_ format: String) async throws -> Program.Result {
    let folder = try TemporaryFolder()
    _ = try folder.write("fragment: limits\nstages: [limit-headers]\n", to: "limits.yaml")
    let file = try folder.write(Self.file, to: "p.yaml")
    let result = try await Program().run("graph", file, "--format", format)
    #expect(result.code == 0, "\(result)")
    #expect(!result.output.contains("hidden"))
    return result
  }

  @Test func `a stage that answers leads to the answer, and past it only where its condition does not match`()
    async throws
  {
    let folder = try TemporaryFolder()
    func lines(_ when: String) async throws -> [String] {
      let file = try folder.write(
        "pipeline: p\nstages:\n  - { stage: respond\(when) }\n"
          + "  - { stage: forward, with: { to: 'http://127.0.0.1:1' } }\n  - emit-chunks\n", to: "p.yaml")
      return try await Program().run("graph", file, "--format", "mermaid").output.split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    let always = try await lines("")
    #expect(always.contains("s0 --> s2") && !always.contains { $0.hasPrefix("s0") && $0.hasSuffix("s1") })
    let sometimes = try await lines(", when: { path: /down }")
    #expect(sometimes.contains("s0 --> s2") && sometimes.contains(#"s0 -->|"otherwise"| s1"#))
  }

  @Test func `Mermaid: tracks in their order, and labels whose characters mean nothing to it`() async throws {
    let output = try await graph("mermaid").output
    let lines = output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.prefix(4) == ["---", #"title: "the \"whole\" <way>""#, "---", "flowchart TD"])
    let tracks = lines.filter { $0.hasPrefix("subgraph") }
    #expect(
      tracks == [
        #"subgraph track-request["request"]"#, #"subgraph track-backend["backend"]"#, #"subgraph track-emit["emit"]"#,
      ])
    #expect(lines.contains(#"s0["limit-headers"]"#))
    #expect(
      lines.contains(
        #"s1["auth<br/>#40;verify-jwt#41;<br/>when header x-a "#
          + #"a#34;b#60;c#62;#124;d#35;e#91;f#93;#40;g#41;#123;h#125;#92;z#34;"# + "\u{301}\"]"), "\(output)")
    for edge in [
      "request --> s0", "s0 --> s1", "s1 --> s2", "s2 --> s3", "s3 --> s5", #"s3 -->|"otherwise"| s4"#,
      #"s4 -.->|"otherwise 404 no-backend"| s5"#, "s5 --> answer", #"s0 -.->|"431"| s5"#, #"s2 -.->|"429"| s5"#,
    ] { #expect(lines.contains(edge), "\(edge) is missing in:\n\(output)") }
  }

  @Test func `DOT: labels are quoted`() async throws {
    let output = try await graph("dot").output
    #expect(output.hasPrefix(#"digraph "the \"whole\" <way>" {"#))
    #expect(output.hasSuffix("}\n"))
    #expect(
      output.contains(#"s1 [label="auth\n(verify-jwt)\nwhen header x-a a\"b<c>|d#e[f](g){h}\\z\""# + "\u{301}\"];"),
      "\(output)")
    #expect(output.contains("subgraph cluster_backend {"))
    #expect(output.contains(#"s2 -> s5 [style=dashed, label="429"];"#))
    #expect(output.contains(#"s3 -> s4 [label="otherwise"];"#))
  }

  @Test func `text: a list for the terminal`() async throws {
    let output = try await graph("text").output
    #expect(output.contains("request\n  limit-headers"))
    #expect(output.contains("when path ‹secret›/**; 429 -> emit-chunks\n"))
    #expect(output.contains("404 no-backend -> emit-chunks"))
    #expect(!output.contains("\u{1B}"))
  }

  @Test func `a broken file is told, with 1`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: x\nstages: [no-such-stage]\n", to: "x.yaml")
    let result = try await Program().run("graph", file)
    #expect(result.code == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("\(file):2:10: error: unknown stage 'no-such-stage'"))
    #expect(try await Program().run("graph", "no-such-file.yaml").code == 1)
    #expect(try await Program().run("graph").code == 64)
    #expect(try await Program().run("graph", file, "--format", "svg").code == 64)
  }
}
