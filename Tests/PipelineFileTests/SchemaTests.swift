import TelephoneKit
import Testing

@testable import PipelineFile

/// The JSON Schema says of names, kinds and ranges what the loader does. `Tests/Schema/validate.py` tries it on files.
struct SchemaTests {
  private struct Sample: RequestStage {
    struct Options: StageOptions {
      @Option(help: "The most.", range: 1...1000) var maxCount = 100
      @Option(help: "At once.", range: 1...9, example: 3) var burst: Int? = nil
      @Option(help: "A size.", range: .octets(1)...(.kibibytes(2))) var size = ByteSize.kibibytes(1)
      @Option(help: "How long.", range: .zero...(.seconds(60))) var wait: Duration = .seconds(1)
      @Option(help: "How.") var flush = Flush.coalesce
      @Option(help: "Fields.", example: ["sub": "X-User"]) var fields: [String: String] = [:]
      @Option(help: "Where.", required: "here", secret: true) var to: String
    }
    enum Flush: String, OptionChoice { case immediately, coalesce }
    static let name = "sample"
    static let summary = "A sample."
    init(_ options: Options, _ context: StageContext) {}
    func process(_ exchange: Exchange) async throws -> Decision { .proceed }
  }

  private func schema() throws -> OrderedJSON {
    PipelineSchema(try StageRegistry([Sample.self, Stamp.self, Forward.self, Emit.self])).json
  }

  private func options(of stage: String) throws -> OrderedJSON {
    let definition = try #require(try schema()["$defs"]?["stage-\(stage)"]?["properties"]?["with"])
    return definition["properties"] == nil ? try #require(definition["anyOf"]?.elements.first) : definition
  }

  @Test func `each option has its range, its default and its example`() throws {
    let options = try options(of: "sample")
    #expect(options["required"] == ["to"])
    #expect(options["additionalProperties"] == false)
    let properties = try #require(options["properties"])
    #expect(
      properties.members.map(\.name) == ["max-count", "burst", "size", "wait", "flush", "fields", "to"])
    let count = try #require(properties["max-count"])
    #expect(count["description"] == "The most. Takes a whole number, 1 to 1000.")
    #expect(count["minimum"] == 1 && count["maximum"] == 1000 && count["default"] == 100)
    let burst = try #require(properties["burst"])
    #expect(burst["anyOf"]?.elements.first?["maximum"] == 9 && burst["default"] == nil && burst["examples"] == [3])
    #expect(properties["size"]?["maximum"] == 2048 && properties["size"]?["default"] == "1KiB")
    #expect(properties["wait"]?["maximum"] == 0, "a duration without a unit is 0")
    #expect(properties["flush"]?["anyOf"]?.elements.first?["enum"] == ["immediately", "coalesce"])
    #expect(properties["fields"]?["default"] == [:])
    #expect(properties["fields"]?["examples"] == [["sub": "X-User"]])
    #expect(
      properties["to"]?["description"] == "Where. Takes text. It must be given. It is a secret and shown nowhere.")
  }

  @Test func `a variable may stand in the place of a number, and patterns take what is read`() throws {
    let properties = try #require(try options(of: "sample")["properties"])
    func matches(_ option: String, _ text: String) throws -> Bool {
      guard case .string(let pattern)? = properties[option]?["pattern"] else { return false }
      return text.firstMatch(of: try Regex(pattern)) != nil
    }
    for text in ["0", "250ms", "1m30s", "1.5h", "2µs", "${WAIT}", "${WAIT:-2}s"] {
      #expect(try matches("wait", text), "\(text)")
    }
    for text in ["4", "2 s", "s", "1d", "-1s", ""] { #expect(try !matches("wait", text), "\(text)") }
    for text in ["1", "512B", "64KiB", "1MB", "${SIZE}"] { #expect(try matches("size", text), "\(text)") }
    for text in ["1 KiB", "1.5KiB", "1TB", "KiB"] { #expect(try !matches("size", text), "\(text)") }
    for text in ["1", "1_000", "${COUNT}"] { #expect(try matches("max-count", text), "\(text)") }
    for text in ["many", "1.5", "0x10", ""] { #expect(try !matches("max-count", text), "\(text)") }
  }

  @Test func `only stages without an option that must be given stand by their names alone`() throws {
    let definitions = try #require(try schema()["$defs"])
    #expect(definitions["bare-stage"]?["enum"] == ["stamp", "emit-chunks"])
    #expect(definitions["stage"]?["properties"]?["stage"]?["enum"] == ["sample", "forward", "stamp", "emit-chunks"])
  }

  @Test func `conditions know the status from the response track on, and an emit stage has none`() throws {
    let definitions = try #require(try schema()["$defs"])
    func when(_ stage: String) -> OrderedJSON? { definitions["stage-\(stage)"]?["properties"]?["when"] }
    #expect(when("sample") == ["$ref": "#/$defs/condition-before-the-answer"])
    #expect(when("stamp") == ["$ref": "#/$defs/condition"])
    #expect(when("emit-chunks") == false)
    let keys = definitions["condition"]?["properties"]?.members.map(\.name)
    #expect(keys == MatcherReader.keys)
    #expect(
      definitions["condition-before-the-answer"]?["properties"]?.members.map(\.name)
        == MatcherReader.keys.filter { $0 != "status" })
  }

  @Test func `keys are those of the readers`() throws {
    let definitions = try #require(try schema()["$defs"])
    func keys(_ name: String) -> [String]? { definitions[name]?["properties"]?.members.map(\.name) }
    #expect(keys("pipeline") == LoadedFile.Role.pipeline.keys)
    #expect(keys("fragment") == LoadedFile.Role.fragment.keys)
    #expect((keys("stage") ?? []) + (keys("include") ?? []) == StageEntry.keys)
  }

  @Test func `every reference leads to a definition`() throws {
    let schema = try schema()
    let names = Set(try #require(schema["$defs"]).members.map(\.name))
    var references: Set<String> = []
    func visit(_ json: OrderedJSON) {
      if case .string(let target)? = json["$ref"] { references.insert(String(target.dropFirst("#/$defs/".count))) }
      for member in json.members { visit(member.value) }
      for element in json.elements { visit(element) }
    }
    visit(schema)
    #expect(references.isSubset(of: names), "\(references.subtracting(names))")
    #expect(names.subtracting(references) == [], "a definition that nothing refers to")
  }

  @Test func `JSON keeps its order and escapes what it must`() {
    let json: OrderedJSON = ["b": "\"\\\n\r\t\u{1}\u{7F}é", "a": [], "c": [1, true, .null], "d": [:]]
    #expect(
      json.text
        == #"{ "b": "\"\\\n\r\t\u0001\u007fé", "a": [], "c": [1, true, null], "d": {} }"#)
    let long = OrderedJSON.strings(["x", String(repeating: "y", count: 100)])
    #expect(long.text == "[\n  \"x\",\n  \"\(String(repeating: "y", count: 100))\"\n]")
  }
}
