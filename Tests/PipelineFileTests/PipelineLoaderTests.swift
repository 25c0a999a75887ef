import TelephoneKit
import Testing

@testable import PipelineFile

struct `Loading a pipeline file` {
  private static let tail = "  - stage: forward\n    with: { to: x }\n  - emit-chunks\n"

  /// The stages between a good head of two lines and a good end.
  private static func file(_ stages: String) -> String { "pipeline: p\nstages:\n\(stages)\(tail)" }

  @Test func `a good file becomes steps with ids, places, conditions and options`() throws {
    let text = """
      pipeline: public-api
      variables:
        SECRET: { secret: true, example: example-secret }
        URL: { default: "http://127.0.0.1:8080" }
      stages:
        - stage: limit-headers
          with: { max-count: 64, max-size: 32KiB, wait: 1m30s, flush: immediately, names: [a, b] }
        - stage: verify-jwt
          id: auth
          when: { path: /api/** }
          with: { secret: "${SECRET}", rate: 5/min }
        - stage: forward
          when: { method: GET }
          with: { to: "${URL}" }
        - stage: forward
          id: other
          with: { to: y }
        - stamp
        - emit-chunks
        - stage: access-log
          when: { status: 5xx }
      tests:
        - name: later
      """
    let pipeline = try Fixture.loader().load(text: text, named: "dir/p.yaml")
    #expect(pipeline.name == "public-api")
    #expect(
      pipeline.steps.map {
        "\($0.id) \($0.stageName) \($0.place.line):\($0.place.column) \($0.condition?.description ?? "-")"
      }
        == [
          "limit-headers limit-headers 6:12 -", "auth verify-jwt 8:12 path /api/**", "forward forward 12:12 method GET",
          "other forward 15:12 -", "stamp stamp 18:5 -", "emit-chunks emit-chunks 19:5 -",
          "access-log access-log 20:12 status 5xx",
        ])
    let limit = try #require(pipeline.steps[0].options as? Limit.Options)
    #expect(limit.maxCount == 64)
    #expect(limit.wait == .seconds(90))
    #expect(limit.names == ["a", "b"])
    #expect((pipeline.steps[2].options as? Forward.Options)?.to == "http://127.0.0.1:8080")
    #expect(pipeline.steps[1].values.map { "\($0.name)=\($0.text)" } == ["secret=‹secret›", "key=", "rate=5/min"])
    #expect(pipeline.notes.map(\.headline) == ["dir/p.yaml:3:3: note: SECRET is not set: its example is used"])
    #expect(pipeline.redaction.shown("a example-secret b") == "a ‹secret› b")
    #expect(pipeline.tests.count == 1)
  }

  @Test(arguments: [
    ("x", ["1:1: error: a pipeline file is a map with 'pipeline' and 'stages', not text"]),
    (
      "stages: []\n",
      [
        "1:1: error: 'pipeline' is missing; it gives the pipeline its name",
        "1:1: error: no backend stage makes an answer; add 'forward'",
        "1:1: error: no emit stage sends the answer; add 'emit-chunks'",
      ]
    ),
    (
      "pipeline: [p]\n",
      [
        "1:1: error: 'stages' is missing; it lists the stages in the order of time",
        "1:11: error: 'pipeline' must be a name, not a list",
      ]
    ),
    (
      "pipeline:\nstages: { a: b }\n",
      [
        "1:10: error: 'pipeline' must be a name, not nothing",
        "2:9: error: 'stages' must be a list, each entry behind a '-', not a map",
      ]
    ),
    (
      "pipeline: p\nstagse: []\n",
      [
        "1:1: error: 'stages' is missing; it lists the stages in the order of time",
        "2:1: error: unknown key 'stagse': did you mean 'stages'?",
      ]
    ),
    (
      "fragment: f\nstages: []\n",
      ["1:1: error: this file is a fragment; a pipeline includes it with '- include: FILE'"]
    ),
    ("pipeline: p\nstages: *nope\n", ["2:9: error: no anchor '&nope' stands before this alias"]),
  ])
  func `the top level is checked`(_ text: String, _ findings: [String]) throws {
    let found = try Fixture.findings(text)
    #expect(found.filter { !$0.contains("no backend") && !$0.contains("no emit") || findings.contains($0) } == findings)
  }

  @Test func `tests are checked for their shape`() throws {
    #expect(try Fixture.findings(Self.file("") + "tests: x\n") == ["6:8: error: 'tests' must be a list, not text"])
    #expect(try Fixture.findings(Self.file("") + "tests: [x]\n") == ["6:9: error: a test must be a map, not text"])
    #expect(try Fixture.findings(Self.file("") + "tests:\n") == [])
  }

  @Test(arguments: [
    ("  - verify-jtw\n", ["3:5: error: unknown stage 'verify-jtw': did you mean 'verify-jwt'?"]),
    ("  - {}\n", ["3:5: error: this entry names no stage; write 'stage: NAME'"]),
    ("  - [a]\n", ["3:5: error: a stage is a name or a map with 'stage', not a list"]),
    ("  -\n", ["3:4: error: a stage must be a name, not nothing"]),
    (
      "  - limit-headers: { max-count: 5 }\n",
      ["3:5: error: write 'stage: limit-headers', and its options under 'with'"]
    ),
    ("  - { stage: [a] }\n", ["3:14: error: 'stage' must be a name, not a list"]),
    (
      "  - { stage: stamp, wiht: {} }\n",
      [
        "3:21: error: unknown key 'wiht': did you mean 'with'?"
      ]
    ),
    (
      "  - { stage: limit-headers, max-count: 5 }\n",
      ["3:29: error: 'max-count' is an option of the stage; write it under 'with'"]
    ),
    (
      "  - { stage: limit-headers, include: x }\n",
      ["3:29: error: an include stands in an entry of its own, beside nothing else"]
    ),
    (
      "  - { stage: limit-headers, id: 'a b' }\n",
      ["3:33: error: 'a b' is no id; use at most 64 letters, digits, '-', '_' and '.'"]
    ),
    ("  - { stage: limit-headers, id: [a] }\n", ["3:33: error: 'id' must be a name, not a list"]),
    (
      "  - limit-headers\n  - limit-headers\n",
      ["4:5: error: 'limit-headers' is the id of the stage in line 3 already; give one of them an 'id'"]
    ),
    (
      "  - { stage: limit-headers, id: forward }\n",
      ["4:12: error: 'forward' is the id of the stage in line 3 already; give one of them an 'id'"]
    ),
    (
      "  - { stage: limit-headers, id: a }\n  - { stage: limit-headers, id: a }\n",
      ["4:33: error: the id 'a' is taken in line 3"]
    ),
    (
      "  - { stage: limit-headers, with: 5 }\n",
      ["3:35: error: 'with' must be a map such as { option: value }, not text"]
    ),
    (
      "  - { stage: limit-headers, with: { max-cuont: 5 } }\n",
      ["3:37: error: unknown option 'max-cuont': did you mean 'max-count'?"]
    ),
    (
      "  - { stage: limit-headers, with: { when: { path: /a } } }\n",
      ["3:37: error: unknown option 'when'; write it beside 'with', not in it"]
    ),
    (
      "  - { stage: limit-headers, with: { max-count: 0 } }\n",
      ["3:48: error: 'max-count' must be from 1 to 1000, not 0"]
    ),
    (
      "  - { stage: limit-headers, with: { max-count: many } }\n",
      ["3:48: error: 'max-count': expected a whole number, found 'many'"]
    ),
    (
      "  - { stage: limit-headers, with: { wait: 5 apples, max-size: 1XB, names: a } }\n",
      [
        "3:43: error: 'wait': expected a duration such as 250ms, 2s or 1m30s, found '5 apples'",
        "3:63: error: 'max-size': expected a size such as 512B, 64KiB or 1MB, found '1XB'",
        "3:75: error: 'names': expected a list, each text; write [a]",
      ]
    ),
    (
      "  - { stage: limit-headers, with: { flush: imediately } }\n",
      [
        "3:44: error: 'flush': expected one of immediately, coalesce, found 'imediately': did you mean 'immediately'?"
      ]
    ),
    ("  - { stage: stamp, with: { a: b } }\n", ["3:29: error: this stage takes no options"]),
    ("  - verify-jwt\n", ["3:5: error: give one of 'secret' and 'key'"]),
    ("  - { stage: forward, id: f, when: { path: /a } }\n", ["3:14: error: the option 'to' must be given"]),
    (
      "  - { stage: forward, id: f, with: { to: x } }\n",
      ["4:12: error: 'forward' can never be reached; 'f' in line 3 has no 'when' and answers everything"]
    ),
    (
      "  - { stage: limit-headers, when: { status: 404 } }\n",
      ["3:37: error: 'status' is not known before the response track"]
    ),
    (
      "  - { stage: forward, id: f, when: { status: 404 }, with: { to: x } }\n",
      ["3:38: error: 'status' is not known before the response track"]
    ),
    (
      "  - { stage: limit-headers, when: GET }\n",
      ["3:35: error: a condition must be a map such as { method: GET }, not text"]
    ),
    (
      "  - { stage: limit-headers, with: { max-count: \"${N}\", wait: x } }\n",
      [
        "3:49: error: the variable N is set nowhere; set it, or write ${N:-default}",
        "3:62: error: 'wait': expected a duration such as 250ms, 2s or 1m30s, found 'x'",
      ]
    ),
    // The missing variable is all that is wrong: nothing is said of an option that it would have been.
    (
      "  - { stage: verify-jwt, with: { secret: \"${N}\" } }\n",
      ["3:43: error: the variable N is set nowhere; set it, or write ${N:-default}"]
    ),
  ])
  func `an entry with a fault is refused at its place`(_ stages: String, _ findings: [String]) throws {
    let found = try Fixture.findings(Self.file(stages)).filter { !$0.contains("must stand before") }
    #expect(found == findings)
  }

  @Test(arguments: [
    ("[forward2, emit-chunks]", ["2:10: error: unknown stage 'forward2': did you mean 'forward'?"]),
    ("[emit-chunks]", ["2:1: error: no backend stage makes an answer; add 'forward'"]),
    ("[&f { stage: forward, with: { to: x } }]", ["2:1: error: no emit stage sends the answer; add 'emit-chunks'"]),
    (
      "[{ stage: forward, with: { to: x } }, emit-chunks, { stage: emit-chunks, id: b }]",
      ["2:69: error: a second emit stage; the first is in line 2"]
    ),
    (
      "[{ stage: forward, with: { to: x } }, { stage: emit-chunks, when: { path: /a } }]",
      ["2:69: error: an emit stage takes no 'when'; it emits every answer"]
    ),
    (
      "[{ stage: forward, with: { to: x } }, limit-headers, emit-chunks]",
      [
        "2:47: error: 'limit-headers' works on the request track and must stand before 'forward', which works on the backend track"
      ]
    ),
    (
      "[{ stage: forward, with: { to: x } }, access-log, stamp, emit-chunks]",
      [
        "2:59: error: 'stamp' works on the response track and must stand before 'access-log', which works on the finally track",
        "2:66: error: 'emit-chunks' works on the emit track and must stand before 'access-log', which works on the finally track",
      ]
    ),
    (
      "[{ stage: forward, when: { path: /a }, with: { to: x } }, { stage: forward, id: b, when: { path: /b }, with: { to: x } }, emit-chunks]",
      []
    ),
  ])
  func `the tracks follow each other, with a backend and one emitter`(_ stages: String, _ findings: [String]) throws {
    let found = try Fixture.findings("pipeline: p\nstages: \(stages)\n")
    #expect(found == findings)
  }

  @Test func `everything that is wrong is said in one pass, in the order of the file`() throws {
    let text = """
      pipeline: p
      variables: { A: { defualt: 1 } }
      stages:
        - stage: limit-headers
          with: { max-count: 0, max-count: 5, fush: x }
        - stage: limit-headers
          when: { path: a }
        - stage: verify-jwt
          with: { key: "${NONE}" }
        - stage: foward
      extra: 1
      """
    #expect(
      try Fixture.findings(text) == [
        "2:19: error: unknown key 'defualt' in a variable: did you mean 'default'?",
        "5:24: error: 'max-count' must be from 1 to 1000, not 0",
        "5:27: error: the key 'max-count' stands here a second time; it is first in line 5",
        "5:41: error: unknown option 'fush': did you mean 'flush'?",
        "6:12: error: 'limit-headers' is the id of the stage in line 4 already; give one of them an 'id'",
        "7:19: error: 'a' is no path; a path begins with '/'",
        "9:19: error: the variable NONE is set nowhere; set it, or write ${NONE:-default}",
        "10:12: error: unknown stage 'foward': did you mean 'forward'?",
        "11:1: error: unknown key 'extra'",
      ])
  }

  @Test func `a secret is shown neither in a sentence nor in the line of the file`() throws {
    let text = Self.file("  - { stage: verify-jwt, with: { secret: [hunter2], rate: \"${R}\" } }\n")
    let head = "variables: { R: { secret: true, default: hunter3, exmple: x } }\n"
    let error = #expect(throws: PipelineFileError.self) {
      try Fixture.loader().load(text: head + text, named: "p.yaml")
    }
    let shown = try #require(error?.description)
    #expect(shown.contains("secret: ‹secret›, rate"))
    #expect(shown.contains("'rate' is not well-formed (its value is a secret and not shown)"))
    #expect(shown.contains("default: ‹secret›, exmple: x"))
    #expect(!shown.contains("hunter"))
  }

  @Test func `a name must not come from a secret variable`() throws {
    let head = "variables: { S: { secret: true, default: stamp } }\n"
    let found = try Fixture.findings(head + Self.file("  - \"${S}\"\n  - { stage: limit-headers, id: \"${S}\" }\n"))
    #expect(
      found == [
        "4:5: error: a stage must not come from a secret variable",
        "5:33: error: 'id' must not come from a secret variable",
      ])
  }

  @Test func `anchors and merges serve stages`() throws {
    let text = """
      pipeline: p
      stages:
        - stage: limit-headers
          with: &limits { max-count: 7, wait: 2s }
        - stage: limit-headers
          id: again
          with: { <<: *limits, wait: 3s }
        - { stage: forward, with: { to: x } }
        - emit-chunks
      """
    let options = try #require(Fixture.loader().load(text: text).steps[1].options as? Limit.Options)
    #expect(options.maxCount == 7)
    #expect(options.wait == .seconds(3))
  }

  @Test func `run refuses what only an example would make good`() throws {
    let text =
      "variables: { TO: { example: x } }\npipeline: p\nstages: [{ stage: forward, with: { to: \"${TO}\" } }, emit-chunks]\n"
    #expect(try Fixture.findings(text) == ["1:14: note: TO is not set: its example is used"])
    #expect(
      try Fixture.findings(text, mode: .run) == [
        "3:41: error: the variable TO is set nowhere; set it, or write ${TO:-default}"
      ])
    #expect(try Fixture.findings(text, variables: ["TO": "y"], mode: .run) == [])
  }

  @Test func `a file that is not there, or is a folder, is refused by name`() throws {
    var loader = try Fixture.loader()
    loader.reader = DiskFileReader()
    for (path, reason) in [("/nowhere/p.yaml", "No such file or directory"), ("/", "Is a directory")] {
      let error = #expect(throws: PipelineFileError.self) { try loader.load(path: path) }
      #expect(error?.description == "\(path):1:1: error: the file cannot be read: \(reason)")
    }
    #expect(throws: PipelineFileError.self) { try loader.load(path: "/dev/zero") }
  }
}
