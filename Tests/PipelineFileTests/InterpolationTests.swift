import TelephoneKit
import Testing

@testable import PipelineFile

struct `Variables in a file` {
  private static let set = ["HOST": "h", "EMPTY": "", "TRICK": "${HOST} $$ [a, b]", "TOKEN": "s3cret"]

  private func resolve(
    _ text: String, mode: PipelineMode = .check, declared: String = "{}"
  ) throws -> (node: YAMLNode, findings: [String], secrets: Set<String>) {
    var list = DiagnosticList()
    var declarations = VariableDeclarations()
    if let node = YAMLComposer.compose(Array(declared.utf8), file: "v", into: &list) {
      declarations.read(node, into: &list)
    }
    let node = try #require(YAMLComposer.compose(Array(text.utf8), file: "p", into: &list))
    var interpolation = Interpolation(declarations, mode: mode, lookup: { Self.set[$0] })
    let resolved = interpolation.resolve(node, into: &list)
    return (resolved, list.finished().map(\.headline), interpolation.secrets)
  }

  @Test(arguments: [
    ("${HOST}", "h"), ("a${HOST}b${HOST}", "ahbh"), ("${HOST:-x}", "h"), ("${NONE:-x}", "x"), ("${NONE:-}", ""),
    ("${EMPTY}", ""), ("${EMPTY:-x}", "x"), ("$$", "$"), ("$$HOST", "$HOST"), ("$${HOST}", "${HOST}"),
    ("$$${HOST}", "$h"), ("$HOST", "$HOST"), ("5$", "5$"), ("$ {HOST}", "$ {HOST}"), ("${NONE:-a:-b}", "a:-b"),
    ("${NONE:-$$5}", "$5"), ("${TRICK}", "${HOST} $$ [a, b]"), ("${NONE:-http://x:1/}", "http://x:1/"),
  ])
  func `a reference becomes the variable's value`(_ text: String, _ value: String) throws {
    let (node, findings, _) = try resolve("'\(text)'")
    #expect(node.scalar?.text == value)
    #expect(findings == [])
  }

  @Test func `keys are left alone, and a value is never read as YAML`() throws {
    let (node, _, _) = try resolve("'${HOST}': ${EMPTY}\nb: [\"${TRICK}\"]")
    #expect(node.outline == "{${HOST}: , b: ['${HOST} $$ [a, b]']}")
    guard case .mapping(let pairs) = node.content else { return }
    #expect(!pairs[0].value.isNull)
  }

  @Test(arguments: [
    ("a: ${NONE}", "p:1:4: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}"),
    (
      "a: x\nb: \"é ${HOST} ${NONE}\"",
      "p:2:15: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}"
    ),
    (
      "a: |\n  one\n  two ${NONE}\n",
      "p:3:7: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}"
    ),
    ("a: \"\\x24{NONE}\"", "p:1:4: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}"),
    ("a: $${x} ${NONE}", "p:1:10: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}"),
    ("a: '${NONE'", "p:1:5: error: this '${' is never closed with '}'; write '$$' for a dollar"),
    ("a: '${}'", "p:1:5: error: '${' wants NAME} or NAME:-default} after it, with a name of letters, digits and '_'"),
    (
      "a: '${A-B}'", "p:1:5: error: '${' wants NAME} or NAME:-default} after it, with a name of letters, digits and '_'"
    ),
    ("a: '${1A}'", "p:1:5: error: '${' wants NAME} or NAME:-default} after it, with a name of letters, digits and '_'"),
    ("a: '${A:-${B}}'", "p:1:5: error: a variable cannot stand in the default of another"),
  ])
  func `a reference that leads nowhere is an error at its place`(_ text: String, _ finding: String) throws {
    let found = try resolve(text).findings
    #expect(found == [finding])
  }

  @Test func `an undeclared name near a declared one is surely that`() throws {
    let findings = try resolve("a: ${BACKEND_ULR}", declared: "{ BACKEND_URL: { default: x } }").findings
    #expect(findings == ["p:1:4: error: the variable BACKEND_ULR is set nowhere; did you mean 'BACKEND_URL'?"])
  }

  @Test func `a check falls back to the example and says so once; a run never does`() throws {
    let declared = "KEY: { example: e }\nURL: { default: d, example: e }\nBARE:\n"
    let check = try resolve("['${KEY}', '${KEY}', '${URL}']", declared: declared)
    #expect(check.node.outline == "['e', 'e', 'd']")
    #expect(check.findings == ["v:1:1: note: KEY is not set: its example is used"])
    let run = try resolve("['${KEY}', '${URL}', '${BARE:-b}']", mode: .run, declared: declared)
    #expect(run.node.outline == "[!, 'd', 'b']")
    #expect(run.findings == ["p:1:3: error: the variable KEY is set nowhere; set it, or write ${KEY:-default}"])
  }

  @Test func `what holds a part of a secret is secret`() throws {
    let (node, _, secrets) = try resolve("[\"x ${TOKEN}\", '${HOST}']", declared: "TOKEN: { secret: true }")
    guard case .sequence(let nodes) = node.content else { return }
    #expect(nodes.map { $0.scalar?.isSecret } == [true, false])
    #expect(secrets == ["s3cret"])
  }

  @Test(arguments: [
    ("[a]", "v:1:1: error: 'variables' must be a map from names to what is known of them, not a list"),
    ("A-B:", "v:1:1: error: 'A-B' cannot name a variable; use letters, digits and '_', no digit first"),
    ("A: x", "v:1:4: error: a variable takes a map such as { default: … }, not text"),
    ("A: { defualt: x }", "v:1:6: error: unknown key 'defualt' in a variable: did you mean 'default'?"),
    ("A: { default: [x] }", "v:1:15: error: 'default' must be text, not a list"),
    ("A: { secret: yes }", "v:1:14: error: 'secret' must be true or false"),
  ])
  func `a declaration that cannot be is refused`(_ declared: String, _ finding: String) throws {
    #expect(try resolve("a", declared: declared).findings == [finding])
  }

  @Test func `values that add up to more than 4 MiB are refused`() throws {
    var list = DiagnosticList()
    let text = "[" + Array(repeating: "'${BIG}'", count: 100).joined(separator: ", ") + "]"
    let node = try #require(YAMLComposer.compose(Array(text.utf8), file: "p", into: &list))
    let big = String(repeating: "x", count: 100_000)
    var interpolation = Interpolation(VariableDeclarations(), mode: .run, lookup: { _ in big })
    _ = interpolation.resolve(node, into: &list)
    #expect(list.all.first?.sentence == "the values of the variables come to more than 4MiB")
  }
}
