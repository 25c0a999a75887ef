import Testing
@testable import PipelineFile
struct TempHostile {
  @Test func hostile() throws {
    let n = 1 << 20
    func rep(_ s: String) -> String { String(repeating: s, count: n / s.utf8.count) }
    let cases: [(String, String)] = [
      ("[", rep("[")), ("{", rep("{")), ("- ", rep("- ")), ("? ", rep("? ")), ("a,", "[" + rep("a,").dropLast(2) + "]"),
      ("*x", rep("- *x\n")), ("&a", rep("- &a x\n")), ("quotes", "\"" + rep("a ").dropLast(3) + "\""),
      ("anchors+unknown", (0..<30000).map { "- &a\($0) x\n- *b\($0)\n" }.joined()),
      ("é", "a: " + rep("é").dropLast(4)), ("${", "pipeline: p\nstages: ['" + rep("${A}").dropLast(40) + "']"),
      ("dollar unset", "pipeline: p\nstages:\n" + rep("- '${A}'\n").dropLast(40)),
      ("open ${", "pipeline: p\nstages:\n- '" + rep("${").dropLast(40) + "'"),
      ("stages", "pipeline: p\nstages:\n" + rep("- limit-headrs\n").dropLast(40)),
      ("with", "pipeline: p\nstages:\n- stage: limit-headers\n  with:\n" + (0..<60000).map { "    k\($0): 1\n" }.joined()),
      ("keys", (0..<60000).map { "k\($0): 1\n" }.joined()), ("dupkeys", rep("a: 1\n")), ("comment", rep("#\n")), ("colon", rep(":")), ("!", rep("! ")), ("%", rep("%a b\n")), ("tabs", rep("\t")), ("merge", "a: &a {x: 1}\n" + (0..<30000).map { "b\($0): {<<: [*a,*a,*a]}\n" }.joined()),
      ("long line faults", "{" + (0..<80000).map { "a\($0 % 7): 1," }.joined() + "}"),
      ("openanchors", (0..<60).map { String(repeating: " ", count: $0) + "a: &a\($0)\n" }.joined() + rep(String(repeating: " ", count: 61) + "- *a1\n").dropLast(9000)),
    ]
    for (name, text) in cases {
      let start = ContinuousClock.now
      let found = try Fixture.findings(text)
      print("HOSTILE", name, ContinuousClock.now - start, found.count, found.first?.prefix(100) ?? "")
    }
  }
}
