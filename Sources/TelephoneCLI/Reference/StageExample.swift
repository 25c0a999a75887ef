import PipelineFile
import TelephoneKit

/// Entries that show a stage in a file.
struct StageExample {
  private let stage: StageType

  init(_ stage: StageType) { self.stage = stage }

  /// The shortest that is useful, in lines.
  var minimal: [String] {
    guard let options = stage.example else { return ["- \(stage.name)"] }
    return ["- stage: \(stage.name)", "  with: \(options)"]
  }

  /// All options, in lines: those of the short example, then those that have a default with that. An option without a
  /// default is written behind a `#`, so that options that exclude each other can be shown.
  var full: [String] {
    guard !stage.options.isEmpty else { return minimal }
    let given = Self.values(in: stage.example ?? "")
    return ["- stage: \(stage.name)", "  with:"]
      + stage.options.map { option in
        if let value = given[option.name] { return "    \(option.name): \(value)" }
        let isEmpty = option.defaultText.map { $0 == "[]" || $0 == "{}" } ?? true
        let text = (isEmpty ? option.exampleText : nil) ?? option.defaultText
        guard let text else { return "    # \(option.name): \(option.kind.words)" }
        return "    \(option.defaultText == nil ? "# " : "")\(option.name): \(Self.written(text, option.kind))"
      }
  }

  /// The options that a text in YAML gives, each as a text of its own.
  private static func values(in text: String) -> [String: String] {
    var faults = DiagnosticList()
    guard let node = YAMLComposer.compose(Array(text.utf8), file: "", into: &faults),
      case .mapping(let pairs) = node.content
    else { return [:] }
    return Dictionary(pairs.map { ($0.key, written($0.value)) }, uniquingKeysWith: { first, _ in first })
  }

  private static func written(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let scalar): scalar.isPlain ? scalar.text : OrderedJSON.quoted(scalar.text)
    case .sequence(let nodes): "[\(nodes.map(written).joined(separator: ", "))]"
    case .mapping(let pairs): "{ \(pairs.map { "\($0.key): \(written($0.value))" }.joined(separator: ", ")) }"
    case .unusable: "~"
    }
  }

  /// A value as it would be written in a file: in quotes where YAML would take it for something else.
  private static func written(_ text: String, _ kind: OptionKind) -> String {
    switch kind {
    case .list, .map: return text
    case .optional(let wrapped): return written(text, wrapped)
    default: break
    }
    let isPlain =
      text.wholeMatch(of: /[A-Za-z0-9\/][A-Za-z0-9 _.:\/-]*/) != nil && !text.contains(": ") && !text.hasSuffix(":")
    return isPlain && !text.hasSuffix(" ") ? text : OrderedJSON.quoted(text)
  }
}
