import TelephoneKit
import Testing

/// Whether a stage that was built from some options would be the same if it were built from others.
struct SameOptionsTests {
  enum Colour: String, OptionChoice { case red, blue }

  /// A value that nobody can compare.
  struct Opaque: OptionValue {
    static let kind = OptionKind.text
    var text = ""
    init() {}
    init(_ input: OptionInput) throws(OptionProblem) { text = try input.scalar("text") }
    var optionText: String { text }
  }

  struct Painter: RequestStage {
    struct Options: StageOptions {
      @Option(help: "A number.") var count = 3
      @Option(help: "A text, or none.") var label: String? = nil
      @Option(help: "A secret.", secret: true) var secret: String? = nil
      @Option(help: "Names.") var names: [String] = []
      @Option(help: "A map.") var map: [String: Int] = [:]
      @Option(help: "A time.") var wait = Duration.seconds(1)
      @Option(help: "A limit.") var limit = TimeLimit.none
      @Option(help: "A rate.") var rate = Rate(1, per: .seconds(1))
      @Option(help: "A colour.") var colour = Colour.red
    }
    static let name = "painter"
    static let summary = "Paints."
    init(_ options: Options, _ context: StageContext) {}
    func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  }

  struct Mystery: RequestStage {
    struct Options: StageOptions {
      @Option(help: "Who knows.") var what = Opaque()
    }
    static let name = "mystery"
    static let summary = "Hides."
    init(_ options: Options, _ context: StageContext) {}
    func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  }

  /// Whether a pipeline with one stage shares it with another that has other options.
  private func keeps(
    _ old: OptionInput, _ new: OptionInput, of stage: any Stage.Type = Painter.self, id: String = "x",
    directory: String = ".", mayConnect: Bool = true
  ) async throws -> Bool {
    let type = try #require(try StageRegistry([stage])[stage.name])
    let built = try await BuiltStage.build(type, try type.options(from: old), StageContext(id: "x", logger: .silent))
    let line = try Line([PipelineStep(id: "x", built: built), .backend { _ in Response() }])
    let context = StageContext(id: id, logger: .silent, directory: directory, mayConnect: mayConnect)
    let kept = line.pipeline.share(type, try type.options(from: new), context)
    #expect(kept == nil || kept === built)
    return kept != nil
  }

  @Test(
    arguments: [
      [:], ["count": 4], ["label": "a"], ["label": ""], ["secret": "one"], ["names": ["a", "b"]], ["names": ["a, b"]],
      ["map": ["a": 1, "b": 2]], ["wait": "2s"], ["limit": "5s"], ["rate": "2/s"], ["colour": "blue"],
    ] as [OptionInput])
  func `the same options make the same stage, and others another`(_ options: OptionInput) async throws {
    #expect(try await keeps(options, options))
    let others: [OptionInput] = [
      ["count": 5], ["label": "b"], ["secret": "two"], ["names": ["a"]], ["map": ["a": 1]], ["wait": "3s"],
      ["limit": "6s"], ["rate": "3/s"], ["names": ["b", "a"]],
    ]
    for other in others { #expect(try await !keeps(options, other)) }
  }

  @Test func `what reads the same is not always the same`() async throws {
    #expect(try await !keeps(["names": ["a", "b"]], ["names": ["a, b"]]))
    #expect(try await !keeps(["label": ""], [:]))
  }

  @Test func `the values in force count, not how they are written`() async throws {
    #expect(try await keeps([:], ["count": 3, "colour": "red", "limit": "none"]))
    #expect(try await keeps(["wait": "1m"], ["wait": "60s"]))
    #expect(try await keeps(["map": ["a": 1, "b": 2]], ["map": ["b": 2, "a": 1]]))
  }

  @Test func `values that cannot be compared are never the same`() async throws {
    #expect(try await !keeps(["what": "a"], ["what": "a"], of: Mystery.self))
  }

  @Test func `id, folder, and whether sockets may be opened belong to it`() async throws {
    #expect(try await !keeps([:], [:], id: "y"))
    #expect(try await !keeps([:], [:], directory: "/elsewhere"))
    #expect(try await !keeps([:], [:], mayConnect: false))
  }

  @Test func `a stage that was not built from options, or has ended, is not shared`() async throws {
    let type = try #require(try StageRegistry([Painter.self])["painter"])
    let options = try type.options(from: [:])
    let context = StageContext(id: "x", logger: .silent)
    let plain = try Line([PipelineStep(id: "x", stage: Painter(.init(), context)), .backend { _ in Response() }])
    #expect(plain.pipeline.share(type, options, context) == nil)
    let built = try await BuiltStage.build(type, options, context)
    let line = try Line([PipelineStep(id: "x", built: built), .backend { _ in Response() }])
    await line.pipeline.shutdown()
    #expect(line.pipeline.share(type, options, context) == nil)
  }
}
