import Testing

@testable import PipelineFile

struct `Composing a tree from YAML` {
  @Test(arguments: [
    ("a: 1\nb: [x, 'y', \"z\"]\n", "{a: 1, b: [x, 'y', 'z']}"),
    ("a: |\n  one\n  two\n", "{a: 'one\ntwo\n'}"),
    ("a:\n", "{a: }"),
    ("base: &b { x: 1, y: 2 }\nuse: *b\n", "{base: {x: 1, y: 2}, use: {x: 1, y: 2}}"),
    ("base: &b { x: 1, y: 2 }\nuse: { <<: *b, y: 3, z: 4 }\n", "{base: {x: 1, y: 2}, use: {y: 3, z: 4, x: 1}}"),
    (
      "a: &a { x: 1 }\nb: &b { x: 2, y: 3 }\nuse: { z: 0, <<: [*a, *b] }\n",
      "{a: {x: 1}, b: {x: 2, y: 3}, use: {z: 0, x: 1, y: 3}}"
    ),
    ("a: &k name\nb: { *k : 1 }\n", "{a: name, b: {name: 1}}"),
    ("a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"),
    ("'<<': 1\n", "{<<: 1}"),
    ("a: !!str 5\n", "{a: '5'}"),
    ("%YAML 1.2\n---\na: 1\n...\n", "{a: 1}"),
    ("\u{FEFF}a: 1\n", "{a: 1}"),
    ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
  ])
  func `a tree is as the file says`(_ text: String, _ outline: String) {
    let (node, findings) = Fixture.compose(text)
    #expect(node?.outline == outline)
    #expect(findings == [])
  }

  @Test(arguments: [
    ("", ["1:1: error: the file is empty; a pipeline file is a map with 'pipeline' and 'stages'"]),
    ("# nothing\n", ["1:1: error: the file is empty; a pipeline file is a map with 'pipeline' and 'stages'"]),
    (
      "a: 1\nb: 2\na: 3\nb: 4\n",
      [
        "3:1: error: the key 'a' stands here a second time; it is first in line 1",
        "4:1: error: the key 'b' stands here a second time; it is first in line 2",
      ]
    ),
    ("x: { a: 1, \"a\": 2 }\n", ["1:12: error: the key 'a' stands here a second time; it is first in line 1"]),
    (
      "a: &base 1\nb: *bsae\nc: *nope\n",
      [
        "2:4: error: no anchor '&bsae' stands before this alias: did you mean 'base'?",
        "3:4: error: no anchor '&nope' stands before this alias",
      ]
    ),
    ("a: &a [1, *a]\n", ["1:11: error: the alias '*a' stands inside of what it names; that would have no end"]),
    (
      "a: &a { b: { <<: *a } }\n",
      ["1:18: error: the alias '*a' stands inside of what it names; that would have no end"]
    ),
    (
      "a: { <<: 1 }\nb: { <<: [x] }\n",
      [
        "1:10: error: '<<' merges a map or a list of maps, not text",
        "2:11: error: '<<' merges a map or a list of maps, not text",
      ]
    ),
    (
      "? [a, b]\n: 1\n? { c: d }\n: 2\n",
      [
        "1:3: error: a key must be a name, not a list or a map",
        "3:3: error: a key must be a name, not a list or a map",
      ]
    ),
    ("a: 1\n---\nb: 2\n", ["2:1: error: a second document begins here; a pipeline file holds one"]),
    ("a: !secret x\n", ["1:4: error: the tag '!secret' is not known; put the text in quotes if the '!' belongs to it"]),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", ["1:1: error: %TAG is not supported; a pipeline file needs no tags"]),
  ])
  func `what is wrong with a tree is said all at once`(_ text: String, _ findings: [String]) {
    #expect(Fixture.compose(text).findings == findings)
  }

  @Test(arguments: [
    ("a:\n\tb: 1\n", "2:1: error: a tab stands in the indentation; YAML wants spaces there"),
    ("a:\n  b: 1\n  \tc: 2\n", "3:3: error: a tab stands in the indentation; YAML wants spaces there"),
    ("a: @b\n", "1:4: error: a value cannot begin with '@'; put it in quotes"),
    (
      "a: b: c\n",
      "1:5: error: a ':' cannot stand here; look at the indentation, or put the text in quotes if the ':' belongs to it"
    ),
    ("a: \"b\nc: d\n", "1:4: error: this quoted text is never closed"),
    ("a: [b, c\n", "1:4: error: this list is never closed with ']', or a ',' is missing in it"),
    ("a: { b: ${C} }\n", "1:9: error: inside of { } and [ ] a '${' wants quotes around the text"),
    ("a: { b: c\nd: [\n", "1:4: error: this map is never closed with '}', or a ',' is missing in it"),
    ("a: 1\nbc\nd: 2\n", "2:1: error: a ':' and a space are missing after this key"),
    (
      "a:\n  - b\n  c: d\n",
      "3:3: error: a '-' is expected here, as the lines before are a list; look at the indentation"
    ),
    (
      "a:\n  b: 1\n c: 2\n",
      "3:2: error: a key is expected here; look at the indentation, and at brackets and quotes before it"
    ),
    ("a: - b\n", "1:4: error: a list cannot begin here; put its '-' on a line of its own"),
    ("a: \"\\q\"\n", "1:5: error: this escape is not known; write '\\\\' for a backslash, or use single quotes"),
    ("a: !x!y z\n", "1:4: error: this tag is not known; put the text in quotes if the '!' belongs to it"),
    (
      "a: b\u{1}c\n",
      "1:5: error: a control character stands here; take it out, or write it as an escape in double quotes"
    ),
    (
      "äöü: \"👩‍👩‍👧 é\" x\n",
      "1:12: error: a key is expected here; look at the indentation, and at brackets and quotes before it"
    ),
  ])
  func `a syntax error has a place and a sentence for a person`(_ text: String, _ finding: String) {
    let (node, findings) = Fixture.compose(text)
    #expect(node == nil)
    #expect(findings == [finding])
  }

  @Test func `what comes before a syntax error is reported too`() {
    #expect(Fixture.compose("a: 1\na: 2\nb: ]\n").findings.count == 2)
  }

  @Test func `octets that are not UTF-8 are found at their place`() {
    #expect(
      Fixture.compose(Array("a: 1\nb: é".utf8) + [0xC3, 0x28]).findings == [
        "2:5: error: the file is not UTF-8; save it as UTF-8"
      ])
    #expect(
      Fixture.compose([0xFF, 0xFE, 0x61, 0x00]).findings == ["1:1: error: the file is not UTF-8; save it as UTF-8"])
  }

  @Test func `columns count what a person sees as one character`() {
    let (node, _) = Fixture.compose("{ é👨‍👩‍👧: x, \u{65}\u{301}: *nope }")
    #expect(node?.outline == "{é👨‍👩‍👧: x, \u{65}\u{301}: !}")
    #expect(Fixture.compose("{ é👨‍👩‍👧: x, \u{65}\u{301}: *nope }").findings.first?.hasPrefix("1:13:") == true)
  }
}
