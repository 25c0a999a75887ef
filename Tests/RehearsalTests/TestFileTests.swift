import PipelineFile
import TelephoneKit
import Testing

@testable import Rehearsal

@Suite("requests from files") struct RequestFileTests {
  /// Reads one request in line 13.
  private func read(_ request: String) throws -> (targets: [String], faults: [String]) {
    let loader = try Support.loader(files: [
      "shop.yaml": Suite.head, "many.txt": "curl http://x/a http://x/b", "bad.txt": "",
    ])
    var diagnostics = DiagnosticList()
    let text = "- name: it\n  request: \(request)\n  expect: { status: 200 }"
    let node = try #require(YAMLComposer.compose(Array(text.utf8), file: "t", into: &diagnostics))
    guard case .sequence(let nodes) = node.content else { return ([], []) }
    var reader = TestReader(
      file: "t", pipeline: try loader.load(path: "shop.yaml"), loader: loader, diagnostics: diagnostics)
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
      ("{ file: bad.txt }", "20 no request comes of bad.txt: There is no request in it"),
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
}
