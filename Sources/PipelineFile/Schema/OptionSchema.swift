import TelephoneKit

/// The schema of one option, from its declaration.
struct OptionSchema {
  private let option: OptionDescription

  init(_ option: OptionDescription) { self.option = option }

  var json: OrderedJSON {
    var members = [OrderedJSON.Member("description", .string(description))]
    members += Self.value(option.kind, option.range?.numbers).members
    if let text = option.defaultText { members.append(.init("default", Self.example(text, option.kind))) }
    if let text = option.exampleText { members.append(.init("examples", [Self.example(text, option.kind)])) }
    return .object(members)
  }

  private var description: String {
    var sentences = [option.help, "Takes \(option.kind.words)\(option.range.map { ", \($0.text)" } ?? "")."]
    if option.isRequired { sentences.append("It must be given.") }
    if option.isSecret { sentences.append("It is a secret and shown nowhere.") }
    return sentences.joined(separator: " ")
  }

  /// A value of a kind.
  private static func value(_ kind: OptionKind, _ range: ClosedRange<Int>?) -> OrderedJSON {
    switch kind {
    case .integer: ValueSchema.integer(range)
    case .boolean: ValueSchema.text("^([tT]rue|TRUE|[fF]alse|FALSE)$", kind.words, or: ["boolean"])
    case .text, .form(_, pattern: nil): ValueSchema.text
    case .duration: ValueSchema.duration
    case .byteSize: ValueSchema.byteSize(range ?? 0...Int.max)
    case .rate: ValueSchema.text("^\(Rate.pattern)$", kind.words)
    case .form(_, let pattern?): ValueSchema.text("(\(pattern))", kind.words)
    case .choice(let names): ValueSchema.choice(names)
    case .list(let element): ["type": "array", "items": value(element, range)]
    case .map(let element): ["type": "object", "additionalProperties": value(element, range)]
    case .optional(let wrapped): ValueSchema.orNothing(value(wrapped, range))
    }
  }

  /// A value as it would be written in a file, as JSON.
  static func example(_ text: String, _ kind: OptionKind) -> OrderedJSON {
    switch kind {
    case .integer: return Int(text).map(OrderedJSON.number) ?? .string(text)
    case .boolean: return .bool(text == "true")
    case .optional(let wrapped): return example(text, wrapped)
    case .list, .map:
      var faults = DiagnosticList()
      return YAMLComposer.compose(Array(text.utf8), file: "", into: &faults).map { json($0, kind) } ?? .string(text)
    case .text, .duration, .byteSize, .rate, .choice, .form: return .string(text)
    }
  }

  private static func json(_ node: YAMLNode, _ kind: OptionKind) -> OrderedJSON {
    switch (node.content, kind) {
    case (.sequence(let nodes), .list(let element)): .array(nodes.map { json($0, element) })
    case (.mapping(let pairs), .map(let value)): .object(pairs.map { .init($0.key, json($0.value, value)) })
    default: example(node.scalar?.text ?? "", kind)
    }
  }
}
