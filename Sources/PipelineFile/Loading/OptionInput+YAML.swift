package import TelephoneKit

extension OptionInput {
  /// A tree as the options of a stage read it. A node whose fault is reported already counts as nothing.
  package init(_ node: YAMLNode) {
    switch node.content {
    case .unusable: self.init(.null, place: node.place)
    case .scalar(let scalar):
      self.init(scalar.isNull ? .null : .scalar(scalar.text), place: node.place, isSecret: scalar.isSecret)
    case .sequence(let nodes):
      let elements = nodes.map(OptionInput.init)
      self.init(.list(elements), place: node.place, isSecret: elements.contains(where: \.isSecret))
    case .mapping(let pairs):
      let entries = pairs.map { Entry(key: $0.key, keyPlace: $0.keyPlace, value: OptionInput($0.value)) }
      self.init(.map(entries), place: node.place, isSecret: entries.contains(where: \.value.isSecret))
    }
  }

  /// All texts in it.
  var texts: [String] {
    switch content {
    case .null: []
    case .scalar(let text): [text]
    case .list(let elements): elements.flatMap(\.texts)
    case .map(let entries): entries.flatMap(\.value.texts)
    }
  }
}
