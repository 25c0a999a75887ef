import Foundation
import Subprocess
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("telephone test", .timeLimit(.minutes(2)))
struct TestCommandTests {
  private static let pipeline = """
    pipeline: shop
    stages:
      - normalize-path
      - { stage: rate-limit, id: few, when: { path: /limited }, with: { rate: 6/min, burst: 2 } }
      - { stage: forward, with: { to: "http://127.0.0.1:9" } }
      - emit-chunks

    """

  private static let good = """
    tests:
      - { name: hello, request: {}, stub: { body: hello }, expect: { body: hello } }
      - { name: a traversal, request: { target: /../a }, expect: { status: 400, backend: not-called } }

    """

  @Test func `the pipelines of this repository pass, and all of them is covered`() async throws {
    let folder = try TemporaryFolder()
    let result = try await Program().run(
      "test", "pipelines", "--coverage", "--fail-under", "100", "--junit", "\(folder.path)/report.xml")
    #expect(result.code == 0, "\(result.output)")
    #expect(result.output.contains("pipelines/demo.yaml: 27 passed\n"))
    #expect(result.output.contains(", 100 %\n"))
    #expect(try XMLDocument(contentsOf: URL(filePath: "\(folder.path)/report.xml")).rootElement()?.name == "testsuites")
  }

  @Test func `the example of the design works as it is written`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: public-api
      stages:
        - normalize-path
        - stage: forward
          with: { to: "http://127.0.0.1:8080" }
        - emit-chunks

      tests:
        - name: a traversal never reaches the backend
          request: { method: GET, target: /../../etc/passwd }
          expect: { status: 400, decided-by: normalize-path, backend: not-called }
      """, to: "public-api.yaml")
    let result = try await Program().run("test", file)
    #expect(result.code == 0)
    #expect(result.output.hasPrefix("\(file): 1 passed\n\n1 test: 1 passed in "))
  }

  @Test func `what fails is shown with what was expected and found, the request and the way that it went`() async throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      Self.pipeline + """
        tests:
          - name: two lines
            request: { target: "/limited?a", fields: { Authorization: Bearer hush } }
            stub: { body: "one\\ntwo\\nthree" }
            expect: { status: 404, body: "one\\n2\\nthree" }
          - { name: fine, request: {}, expect: { status: 200 } }
        """, to: "shop.yaml")
    let result = try await Program().run("test", folder.path)
    #expect(result.code == 1)
    #expect(
      result.output.hasPrefix(
        """
        \(file): 1 passed, 1 failed

        failed: two lines (\(file):8:5)
          status (\(file):11:15)
            expected 404
            found    200
          body (\(file):11:34)
            - expected, + found
              one
            - 2
            + two
              three
          sent:
            GET /limited?a
            Authorization: ‹secret›
          what each step did:
        """), "\(result.output)")
    #expect(result.output.contains(" 2 few [rate-limit] passed"))
    #expect(result.output.contains("\n2 tests: 1 passed, 1 failed in "))
    #expect(!result.output.contains("hush"))
  }

  @Test func `a file with problems is told with its places, and the others are still run`() async throws {
    let folder = try TemporaryFolder()
    let bad = try folder.write(Self.pipeline + "tests: [{ name: it, request: {} }]\n", to: "bad.yaml")
    let broken = try folder.write("pipeline: broken\nstages: [nothing]\n", to: "broken.yaml")
    let good = try folder.write(Self.pipeline + Self.good, to: "good.yaml")
    _ = try folder.write("fragment: part\nstages: []\n", to: "part.yaml")
    let result = try await Program().run("test", folder.path)
    #expect(result.code == 1)
    #expect(result.output.contains("\(bad):7:9: error: this test expects nothing"))
    #expect(result.output.contains("tests: [{ name: it, request: {} }]\n        ^\n\(bad): cannot be used\n"))
    #expect(result.output.contains("\(broken):2:10: error: unknown stage 'nothing'"))
    #expect(result.output.contains("\(good): 2 passed\n"))
    #expect(!result.output.contains("part.yaml"))
    #expect(result.output.contains("2 tests: 2 passed, 2 files with problems in "))
  }

  @Test func `a file of tests comes with its pipeline, or by itself`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline, to: "shop.yaml")
    let tests = try folder.write(Self.good, to: "shop.test.yaml")
    var result = try await Program().run("test", file)
    #expect(result.output.hasPrefix("\(file): no tests\n\(tests): 2 passed\n"))
    #expect(result.code == 0)
    result = try await Program().run("test", tests, tests)
    #expect(result.output.hasPrefix("\(tests): 2 passed\n\n2 tests: "))
    result = try await Program().run("check", folder.path)
    #expect(result.output == "\(tests): ok, 2 tests\n\(file): ok, 4 stages\n")
  }

  @Test func `a filter chooses by text or by pattern, and choosing nothing is no success`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline + Self.good, to: "shop.yaml")
    for filter in ["hello", "shop.yaml: h", "^.*: hel+o$"] {
      let result = try await Program().run("test", file, "--filter", filter)
      #expect(result.code == 0 && result.output.contains("1 test: 1 passed"), "\(filter): \(result.output)")
    }
    let result = try await Program().run("test", file, "--filter", "(")
    #expect(result.code == 1)
    #expect(result.output == "No test matches the filter.\n")
  }

  @Test func `no tests at all are no success`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline, to: "shop.yaml")
    let result = try await Program().run("test", file)
    #expect(result.code == 1)
    #expect(result.output == "\(file): no tests\nThere are no tests. Write some under 'tests', see docs/testing.md.\n")
  }

  @Test func `wrong usage is 64, and a file that is not there is a problem`() async throws {
    let folder = try TemporaryFolder()
    var result = try await Program().run("test", folder.path)
    #expect(result.code == 64 && result.errors.contains("There is no .yaml file in \(folder.path)."))
    result = try await Program().run("test", "--fail-under", "101")
    #expect(result.code == 64 && result.errors.contains("--fail-under must be from 0 to 100, not 101.0."))
    result = try await Program().run("test", "--fail-under", "all")
    #expect(result.code == 64)
    result = try await Program().run("test", "--env", "\(folder.path)/none.env")
    #expect(result.code == 64 && result.errors.contains("none.env cannot be read"))
    result = try await Program().run("test", "pipelines/default.yaml", "--junit", "\(folder.path)/none/report.xml")
    #expect(result.code == 64 && result.errors.contains("The report cannot be written"))
    result = try await Program().run("test", "none.yaml")
    #expect(result.code == 1 && result.output.contains("none.yaml:1:1: error: the file cannot be read"))
  }

  @Test func `a report goes through a link, and takes no place but its own`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline + Self.good, to: "shop.yaml")
    let (link, target) = ("\(folder.path)/link", "\(folder.path)/target.xml")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    #expect(try await Program().run("test", file, "--junit", link).code == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
    #expect(try String(contentsOfFile: target, encoding: .utf8).contains("<testsuite"))
  }

  @Test func `the environment is not looked at, but a file of variables that is named`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      pipeline: p
      variables: { PAGE: { default: none } }
      stages:
        - { stage: rate-limit, when: { path: "/${PAGE}" }, with: { rate: 1/s } }
        - { stage: forward, with: { to: "http://127.0.0.1:9" } }
        - emit-chunks
      tests:
        - { name: it, request: { target: /some }, expect: { fields: { RateLimit: { absent: true } } } }
      """, to: "p.yaml")
    let variables = try folder.write("PAGE=some\n", to: "some.env")
    let program = Program(environment: ["PAGE": "some"], folder: folder.path)
    #expect(try await program.run("test", file).code == 0)
    #expect(try await program.run("test", file, "--env", variables).code == 1)
  }

  @Test func `a snapshot that is missing fails until it is written`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      Self.pipeline + """
        tests:
          - { name: it, request: {}, stub: { body: hello }, expect: { body: { snapshot: snapshots/hello.txt } } }
        """, to: "shop.yaml")
    var result = try await Program().run("test", file)
    #expect(result.code == 1)
    #expect(
      result.output.contains("snapshots/hello.txt") && result.output.contains("'telephone test --update' writes it"))
    #expect(try await Program().run("test", file, "--update").code == 0)
    #expect(try String(contentsOfFile: "\(folder.path)/snapshots/hello.txt", encoding: .utf8) == "hello")
    #expect(try await Program().run("test", file).code == 0)
    _ = try folder.write("hullo", to: "snapshots/hello.txt")
    result = try await Program().run("test", file)
    #expect(result.code == 1 && result.output.contains("expected hullo\n    found    hello\n"))
    #expect(try await Program().run("test", file, "--update").code == 0)
    #expect(try await Program().run("test", file).code == 0)
  }

  @Test func `a snapshot is not written for a test that fails otherwise`() async throws {
    let folder = try TemporaryFolder()
    let good = try folder.write("good", to: "good.txt")
    let file = try folder.write(
      Self.pipeline + """
        tests:
          - name: a fault
            request: {}
            stub: { status: 500, body: oops }
            expect: { status: 200, body: { snapshot: good.txt } }
          - name: a fault later on
            sequence:
              - { request: {}, stub: { body: new }, expect: { body: { snapshot: good.txt } } }
              - { request: {}, expect: { status: 404 } }
          - name: a fault of the backend
            request: {}
            stub: { body: new }
            expect: { body: { snapshot: good.txt }, backend: not-called }
        """, to: "shop.yaml")
    let result = try await Program().run("test", file, "--update")
    #expect(result.code == 1)
    #expect(try String(contentsOfFile: good, encoding: .utf8) == "good")
  }

  @Test func `of two bodies for one snapshot the first stays, and the test of the second fails`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      Self.pipeline + """
        tests:
          - { name: one, request: {}, stub: { body: a, delay: 60s }, expect: { body: { snapshot: s/body.txt } } }
          - { name: same, request: {}, stub: { body: a }, expect: { body: { snapshot: s/../s/body.txt } } }
          - { name: other, request: {}, stub: { body: b }, expect: { body: { snapshot: ./s/body.txt } } }
          - name: twice
            sequence:
              - { request: {}, stub: { body: c }, expect: { body: { snapshot: twice.txt } } }
              - { request: {}, stub: { body: d }, expect: { body: { snapshot: twice.txt } } }
        """, to: "shop.yaml")
    for _ in 0..<2 {
      let result = try await Program().run("test", file, "--update")
      #expect(result.code == 1)
      let why = "has another body for this file; name a file of its own"
      #expect(result.output.contains("the test 'one' (\(file):8:5) \(why)"), "\(result.output)")
      #expect(result.output.contains("the test 'twice' (\(file):11:5) \(why)"), "\(result.output)")
      #expect(try String(contentsOfFile: "\(folder.path)/s/body.txt", encoding: .utf8) == "a")
      #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/twice.txt"))
    }
  }

  @Test(arguments: [[], ["--update"]])
  func `a snapshot that is there and cannot be read is not missing`(flags: [String]) async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/dir", withIntermediateDirectories: true)
    let file = try folder.write(
      Self.pipeline + "tests: [{ name: it, request: {}, expect: { body: { snapshot: dir } } }]", to: "shop.yaml")
    let result = try await Program().run(arguments: ["test", file] + flags)
    #expect(result.code == 1)
    #expect(result.output.contains("the file cannot be read: Is a directory"), "\(result.output)")
    #expect(!result.output.contains("there is no such file"))
  }

  @Test func `a report for build servers is well-formed whatever stands in it`() async throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(
      Self.pipeline + """
        tests:
          - { name: "<a> & \\"b\\" \\u0001", request: {}, stub: { body: "]]>\\u0000\\uFFFE" }, expect: { body: "<&>" } }
          - { name: fine, request: {}, expect: { status: 200 } }
        """, to: "shop.yaml")
    _ = try folder.write("pipeline: <&>\nstages: [no-such-stage]\n", to: "broken.yaml")
    let report = "\(folder.path)/report.xml"
    #expect(try await Program().run("test", folder.path, "--junit", report).code == 1)
    let root = try #require(try XMLDocument(contentsOf: URL(filePath: report)).rootElement())
    #expect(root.attribute(forName: "tests")?.stringValue == "3")
    #expect(root.attribute(forName: "failures")?.stringValue == "1")
    #expect(root.attribute(forName: "errors")?.stringValue == "1")
    let names = try root.nodes(forXPath: "//testcase/@name").compactMap(\.stringValue)
    #expect(names == ["the file can be used", "<a> & \"b\" \u{FFFD}", "fine"])
    #expect(try root.nodes(forXPath: "//failure").count == 1)
  }

  @Test func `what no test reached is told with its place, and too little is a failure`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.pipeline + Self.good, to: "shop.yaml")
    let result = try await Program().run("test", file, "--coverage")
    #expect(result.code == 0)
    #expect(result.output.contains("coverage of \(file): 5 of 14, 35.7 %\n"), "\(result.output)")
    #expect(result.output.contains("  \(file):4:14: the 'when' of 'few' was never true\n"))
    #expect(result.output.contains("  \(file):3:5: 'normalize-path' never answered 414 path-too-long\n"))
    #expect(try await Program().run("test", file, "--fail-under", "35.7").code == 0)
    let less = try await Program().run("test", file, "--fail-under", "36")
    #expect(less.code == 1)
    #expect(less.output.contains("coverage in all: 5 of 14, 35.7 %, less than the 36 % of --fail-under\n"))
  }

  @Test func `watching runs again when a file changes, also one that is included or new, and Ctrl-C ends it`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path
    _ = try folder.write("fragment: part\nstages: [normalize-path]\n", to: "part.yaml")
    let pipeline = """
      pipeline: shop
      stages:
        - include: part.yaml
        - { stage: forward, with: { to: "http://127.0.0.1:9" } }
        - emit-chunks

      """
    _ = try folder.write(pipeline + Self.good, to: "shop.yaml")
    let code = try await Program().run(["test", path, "--watch"]) { program in
      // What is printed from here on must hold the mark.
      func write(_ text: String, to name: String, expecting mark: String) async throws {
        let seen = program.count
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        try await program.line(with: mark, from: seen)
      }
      try await program.line(with: "Watching")
      try await write(
        "fragment: part\nstages: [normalise-path]\n", to: "part.yaml", expecting: "unknown stage 'normalise-path'")
      try await write("fragment: part\nstages: [normalize-path]\n", to: "part.yaml", expecting: "2 tests: 2 passed")
      try await write(
        "tests: [{ name: more, request: {}, expect: { status: 200 } }]\n", to: "shop.test.yaml",
        expecting: "3 tests: 3 passed")
      try program.send(.interrupt)
    }
    #expect(code == 130)
  }
}
