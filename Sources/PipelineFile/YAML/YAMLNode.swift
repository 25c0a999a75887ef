package import TelephoneKit

/// A node of the tree that ``YAMLComposer`` makes of a file. Aliases are resolved and merge keys are merged.
package struct YAMLNode: Sendable {
  package indirect enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// The pairs in the order of the file; a key stands in it once.
    case mapping([YAMLPair])
    /// Something whose fault is reported already: whoever meets it says nothing more.
    case unusable
  }

  package var content: Content
  package var place: Place
  /// Where it stands in the source, counted in Unicode scalars from the start of the file.
  package var span: Range<Int>

  package init(_ content: Content, place: Place, span: Range<Int>) {
    self.content = content
    self.place = place
    self.span = span
  }
}

/// A leaf of the tree.
package struct YAMLScalar: Sendable, Hashable {
  package var text: String
  /// Whether it stands in the file without quotes and is no block text. Only then can it mean nothing, or a merge key.
  package var isPlain: Bool
  /// Whether a part of it came from a secret variable.
  package var isSecret = false
  /// The variables that parts of it came from, in their order.
  package var variables: [VariableUse] = []

  package init(_ text: String, isPlain: Bool = true) {
    self.text = text
    self.isPlain = isPlain
  }

  /// Whether a part of it came from a variable. Such a text is never read as YAML again.
  package var isInterpolated: Bool { !variables.isEmpty }

  /// Whether it says nothing: `~`, `null`, or no text at all (YAML 1.2.2, 10.3.2).
  package var isNull: Bool {
    isPlain && !isInterpolated && ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// A key and its value.
package struct YAMLPair: Sendable {
  package var key: String
  package var keyPlace: Place
  package var value: YAMLNode

  package init(key: String, keyPlace: Place, value: YAMLNode) {
    self.key = key
    self.keyPlace = keyPlace
    self.value = value
  }
}

extension YAMLNode {
  package var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package var isNull: Bool { scalar?.isNull ?? false }

  package var isUnusable: Bool {
    if case .unusable = content { true } else { false }
  }

  /// Whether a fault was reported already in this node or below it.
  package var holdsUnusable: Bool {
    switch content {
    case .scalar: false
    case .sequence(let nodes): nodes.contains(where: \.holdsUnusable)
    case .mapping(let pairs): pairs.contains { $0.value.holdsUnusable }
    case .unusable: true
    }
  }

  /// The variables that parts of its leaves came from.
  var variables: [VariableUse] {
    switch content {
    case .scalar(let scalar): scalar.variables
    case .sequence(let nodes): nodes.flatMap(\.variables)
    case .mapping(let pairs): pairs.flatMap(\.value.variables)
    case .unusable: []
    }
  }

  /// What it is, for messages: `a list`.
  package var words: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "text"
    case .sequence: "a list"
    case .mapping: "a map"
    case .unusable: "something unusable"
    }
  }
}
