import Testing

@testable import PipelineFile

struct `Fragments in a pipeline file` {
  private static let top = """
    pipeline: p
    variables: { A: { default: top } }
    stages:
      - include: common/guard.yaml
      - { stage: forward, with: { to: "${A} ${B}" } }
      - emit-chunks

    """

  @Test func `stages are spliced, variables joined, places point into the fragment`() throws {
    let files = [
      "dir/common/guard.yaml":
        "fragment: guard\nvariables: { A: { default: x }, B: { default: b } }\nstages:\n  - include: deep.yaml\n  - limit-headers\n",
      "dir/common/deep.yaml": "fragment: deep\nstages:\n  - { stage: limit-headers, id: deep }\n",
    ]
    let pipeline = try Fixture.loader(files: files).load(text: Self.top, named: "dir/p.yaml")
    #expect(
      pipeline.steps.map { "\($0.id) \($0.place)" } == [
        "deep dir/common/deep.yaml:3:14", "limit-headers dir/common/guard.yaml:5:5", "forward dir/p.yaml:5:14",
        "emit-chunks dir/p.yaml:6:5",
      ])
    // The file that includes overrules.
    #expect((pipeline.steps[2].options as? Forward.Options)?.to == "top b")
  }

  @Test(arguments: [
    ([:], ["4:14: error: 'common/guard.yaml' cannot be included: No such file or directory"]),
    (
      ["common/guard.yaml": "pipeline: p\nstages: []\n"],
      ["common/guard.yaml:1:1: error: only a fragment can be included; this file is a pipeline"]
    ),
    (
      ["common/guard.yaml": "fragment: g\nstages: [limit-headers, stmp]\ntests: []\n"],
      [
        "common/guard.yaml:2:25: error: unknown stage 'stmp': did you mean 'stamp'?",
        "common/guard.yaml:3:1: error: a fragment has no 'tests'; they stand in the pipeline that includes it",
      ]
    ),
    (
      ["common/guard.yaml": "fragment: g\nstages: [{ stage: limit-headers, id: emit-chunks }]\n"],
      [
        "6:5: error: 'emit-chunks' is the id of the stage in common/guard.yaml:2:38 already; give one of them an 'id'"
      ]
    ),
    (
      ["common/guard.yaml": "fragment: g\nstages: [{ include: ../common/guard.yaml }]\n"],
      [
        "common/guard.yaml:2:21: error: this include leads back to 'common/../common/guard.yaml', which is being read"
      ]
    ),
    (
      [
        "common/guard.yaml":
          "fragment: g\nstages: [{ include: ../p.yaml, id: x }, { include: [a] }, { include: '${NO}' }]\n"
      ],
      [
        "common/guard.yaml:2:21: error: this include leads back to 'common/../p.yaml', which is being read",
        "common/guard.yaml:2:32: error: an include stands in an entry of its own, beside nothing else",
        "common/guard.yaml:2:52: error: 'include' takes the name of one file, not a list",
        "common/guard.yaml:2:71: error: the variable NO is set nowhere; set it, or write ${NO:-default}",
      ]
    ),
    (
      ["common/guard.yaml": "a: [\n"],
      ["common/guard.yaml:2:1: error: a list or a map in brackets before it is never closed"]
    ),
  ])
  func `an include that cannot be is refused at its place`(_ files: [String: String], _ findings: [String]) throws {
    let found = try Fixture.findings(Self.top, variables: ["B": "b"], files: files)
    #expect(found == findings)
  }

  @Test func `includes are bounded in depth and number`() throws {
    let deep = Dictionary(
      uniqueKeysWithValues: (0..<20).map { ("f\($0)", "fragment: f\nstages: [{ include: f\($0 + 1) }]\n") })
    let found = try Fixture.findings("pipeline: p\nstages: [{ include: f0 }]\n", files: deep)
    #expect(found == ["f7:2:21: error: includes stand more than 8 deep in each other"])
    let many = Array(repeating: "{ include: f }", count: 100).joined(separator: ", ")
    let files = ["f": "fragment: f\nstages: []\n"]
    let bounded = try Fixture.findings("pipeline: p\nstages: [\(many)]\n", files: files)
    #expect(bounded.first?.hasSuffix("error: more than 64 files are included") == true)
  }
}
