import Testing

@testable import PipelineFile

struct `Files that would hold the program up` {
  /// Nine anchors, each a list of nine aliases to the one before: 9^9 leaves if it were written out.
  private static let bomb =
    (0..<9).map { level in
      let before = level == 0 ? "lol" : "*a\(level - 1)"
      return "a\(level): &a\(level) [\(Array(repeating: before, count: 9).joined(separator: ", "))]"
    }.joined(separator: "\n") + "\n"

  private func composer(_ text: String) -> (YAMLComposer, findings: [String]) {
    var list = DiagnosticList()
    list.see("p")
    var composer = YAMLComposer(SourceText(file: "p", text: text), limits: YAMLLimits(), diagnostics: list)
    let octets = Array(text.utf8)
    octets.withUnsafeBufferPointer { octets in
      if var reader = YAMLEventReader(octets: octets) { _ = try? composer.document(&reader) }
    }
    return (composer, composer.diagnostics.finished().map { String($0.headline.dropFirst(2)) })
  }

  @Test func `a bomb of aliases as values is refused when its count passes the limit`() {
    let (composer, findings) = composer(Self.bomb)
    #expect(findings.count == 1)
    #expect(findings.first?.hasSuffix("the file comes to more than 100000 values with its aliases written out") == true)
    // One alias past the limit was counted, and none was written out.
    #expect(composer.nodes < 200_000)
  }

  @Test func `a bomb of aliases as keys is never expanded or compared`() {
    let (composer, findings) = composer(
      Self.bomb.split(separator: "\n").prefix(4).joined(separator: "\n") + """

        b:
          ? *a3
          : 1
          ? *a3
          : 2
          ? { *a3 : [*a3, *a3] }
          : 3

        """)
    #expect(
      findings == [
        "6:5: error: a key must be a name, not a list or a map",
        "8:5: error: a key must be a name, not a list or a map",
        "10:5: error: a key must be a name, not a list or a map",
      ])
    #expect(composer.nodes < 20_000)
  }

  @Test func `a bomb of merges is refused when its count passes the limit`() {
    let wide = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
    let (composer, findings) = composer(
      "a: &a { \(wide) }\nb: [\(Array(repeating: "{<<: *a}", count: 1000).joined(separator: ", "))]\n")
    #expect(findings.count == 1)
    #expect(composer.nodes < 110_000)
  }

  @Test func `a long text with many aliases is refused by the octets of all texts`() {
    let long = String(repeating: "x", count: 100_000)
    let (composer, findings) = composer(
      "a: &a \(long)\nb: [\(Array(repeating: "*a", count: 1000).joined(separator: ", "))]\n")
    #expect(findings.first?.hasSuffix("the file comes to more than 4MiB of text with its aliases written out") == true)
    #expect(composer.textOctets < 5 << 20)
  }

  @Test func `a long key is refused`() {
    let key = String(repeating: "k", count: 1025)
    #expect(Fixture.compose("? \(key)\n: 1\n").findings == ["1:3: error: a key has more than 1024 octets"])
    #expect(Fixture.compose("? \(key.dropLast())\n: 1\n").findings == [])
  }

  @Test func `lists may stand 64 deep, written or by alias, but no deeper`() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(Fixture.compose(nested(64)).findings == [])
    #expect(
      Fixture.compose(nested(66)).findings == ["1:66: error: lists and maps stand more than 64 deep in each other"])
    #expect(Fixture.compose("? \(nested(70))\n: 1\n").findings.count == 1)
    let byAlias = "a: &a \(nested(40))\nb: \(String(repeating: "[", count: 30))*a\(String(repeating: "]", count: 30))\n"
    #expect(Fixture.compose(byAlias).findings == ["2:34: error: lists and maps stand more than 64 deep in each other"])
  }

  @Test func `a file of 1 MiB is read and one octet more is refused before it is parsed`() {
    let line = "# " + String(repeating: "x", count: 61) + "\n"
    let whole = Array(String(repeating: line, count: (1 << 20) / 64).utf8)
    let start = Array("a: 1\n".utf8)
    #expect(Fixture.compose(start + whole.dropLast(start.count)).findings == [])
    // Octets that are not even UTF-8: they were not looked at.
    #expect(Fixture.compose(whole + [0xFF]).findings == ["1:1: error: the file is larger than 1MiB"])
  }

  @Test func `of very many faults the first hundred are shown`() {
    let text = (0..<500).map { _ in "a: 1\n" }.joined()
    let findings = Fixture.compose(text).findings
    #expect(findings.count == 101)
    #expect(findings.last == "102:1: error: and 399 more from here on")
  }
}
