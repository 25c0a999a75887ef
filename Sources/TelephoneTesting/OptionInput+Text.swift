import PipelineFile
import TelephoneKit

extension OptionInput {
  /// Reads what would stand under `with`, without variables.
  /// - Throws: `PipelineFileError` with the faults of the YAML.
  init(yaml text: String) throws {
    guard text.contains(where: { !$0.isWhitespace }) else {
      self.init(.null)
      return
    }
    var diagnostics = DiagnosticList()
    let node = YAMLComposer.compose(Array(text.utf8), file: "options", into: &diagnostics)
    try diagnostics.throwErrors()
    self = node.map(OptionInput.init) ?? OptionInput(.null)
  }

  /// All texts in it.
  var allTexts: [String] {
    switch content {
    case .null: []
    case .scalar(let text): [text]
    case .list(let elements): elements.flatMap(\.allTexts)
    case .map(let entries): entries.flatMap(\.value.allTexts)
    }
  }

  /// The texts of those options that a stage declares as secret.
  func secrets(of type: StageType) -> [String] {
    guard case .map(let entries) = content else { return [] }
    let names = Set(type.options.filter(\.isSecret).map(\.name))
    return entries.filter { names.contains($0.key) }.flatMap(\.value.allTexts)
  }
}
