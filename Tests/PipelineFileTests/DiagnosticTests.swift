import TelephoneKit
import Testing

@testable import PipelineFile

struct `Showing what is wrong` {
  private func excerpt(_ text: String, _ line: Int, _ column: Int, hiding: [Range<Int>] = []) -> String? {
    SourceExcerpt(
      of: SourceText(file: "p", text: text), at: Place(file: "p", line: line, column: column), hiding: hiding
    ).map { "\($0.line)\n\($0.caret)" }
  }

  @Test func `a fault is a headline, the line, and a caret under the place`() {
    var list = DiagnosticList()
    list.add(SourceText(file: "a/p.yaml", text: "one\ntwo: three\n"))
    list.error(at: Place(file: "a/p.yaml", line: 2, column: 6), "not this")
    #expect(list.finished().map(\.rendered) == ["a/p.yaml:2:6: error: not this\ntwo: three\n     ^"])
    #expect(throws: PipelineFileError.self) { try list.throwErrors() }
  }

  @Test func `tabs stay tabs, and wide characters take two cells`() {
    #expect(excerpt("\ta\tb", 1, 4) == "\ta\tb\n\t \t^")
    #expect(excerpt("日本: x", 1, 5) == "日本: x\n      ^")
    #expect(excerpt("👩‍👩‍👧 é x", 1, 5) == "👩‍👩‍👧 é x\n     ^")
    #expect(excerpt("ab", 1, 3) == "ab\n  ^")
  }

  @Test func `a long line is cut around the place`() {
    let line = String(repeating: "a", count: 300) + "!" + String(repeating: "b", count: 300)
    let shown = excerpt(line, 1, 301)?.split(separator: "\n")
    #expect(shown?.first?.count == 122)
    #expect(shown?.first?.dropFirst(61).first == "!")
    #expect(shown?.last == Substring(String(repeating: " ", count: 61) + "^"))
  }

  @Test func `of a line of a mebibyte only what is near the place is shown`() {
    let shown = excerpt(String(repeating: "é", count: 1 << 19), 1, 300_000)?.split(separator: "\n")
    #expect(shown?.first?.count == 122)
    #expect(shown?.last == Substring(String(repeating: " ", count: 61) + "^"))
  }

  @Test func `controls and secrets are not shown`() {
    #expect(excerpt("a\u{1B}[31mb", 1, 1) == "a\u{FFFD}[31mb\n^")
    #expect(excerpt("key: hunter2 # x", 1, 14, hiding: [5..<12]) == "key: ‹secret› # x\n              ^")
    #expect(excerpt("a: |\n  one\n  two\nb: 1", 3, 3, hiding: [3..<17]) == "‹secret›\n        ^")
  }

  @Test func `faults are sorted by file and place, and the same is said once`() {
    var list = DiagnosticList()
    list.see("b")
    list.see("a")
    for (file, line) in [("a", 1), ("b", 9), ("b", 2), ("b", 9)] {
      list.error(at: Place(file: file, line: line, column: 1), "x")
    }
    #expect(list.finished().map { "\($0.place)" } == ["b:2:1", "b:9:1", "a:1:1"])
  }

  @Test(arguments: [
    ("verify-jtw", "verify-jwt"), ("verify_jwt", "verify-jwt"), ("VERIFY-JWT", "verify-jwt"), ("foward", "forward"),
    ("limit-header", "limit-headers"), ("zzz", nil), ("", nil), ("cors", nil),
  ])
  func `the nearest name is proposed if it is near`(_ name: String, _ nearest: String?) {
    #expect(NearestName.to(name, among: ["forward", "limit-body", "limit-headers", "verify-jwt"]) == nearest)
  }
}
