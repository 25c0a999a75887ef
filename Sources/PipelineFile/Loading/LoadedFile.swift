import TelephoneKit

/// The top level of a pipeline file or a fragment, checked for its keys and shapes.
struct LoadedFile {
  enum Role {
    case pipeline
    case fragment

    /// The key that gives the file its name.
    var nameKey: String { self == .pipeline ? "pipeline" : "fragment" }
    var keys: [String] {
      self == .pipeline ? ["pipeline", "variables", "stages", "tests"] : ["fragment", "variables", "stages"]
    }
  }

  var name: YAMLNode?
  var variables: YAMLNode?
  var stages: [YAMLNode] = []
  /// Where `stages` stands.
  var stagesPlace: Place
  var tests: [YAMLNode] = []
  /// Whether the stages could be read.
  var isComplete = true

  /// `nil`, with an error in the list, if the file is no map.
  init?(_ root: YAMLNode, as role: Role, into diagnostics: inout DiagnosticList) {
    self.stagesPlace = root.place
    guard case .mapping(let pairs) = root.content else {
      if !root.isUnusable {
        diagnostics.error(
          at: root.place, "a \(role.nameKey) file is a map with '\(role.nameKey)' and 'stages', not \(root.words)")
      }
      return nil
    }
    for pair in pairs {
      switch pair.key {
      case role.nameKey: name = pair.value
      case "variables": variables = pair.value
      case "stages": readStages(pair, into: &diagnostics)
      case "tests" where role == .pipeline: readTests(pair, into: &diagnostics)
      default: Self.explain(pair, role, into: &diagnostics)
      }
    }
    let other = role == .pipeline ? "fragment" : "pipeline"
    if name == nil, !pairs.contains(where: { $0.key == other }) {
      diagnostics.error(at: root.place, "'\(role.nameKey)' is missing; it gives the \(role.nameKey) its name")
    }
    if !pairs.contains(where: { $0.key == "stages" }) {
      isComplete = false
      diagnostics.error(at: root.place, "'stages' is missing; it lists the stages in the order of time")
    }
  }

  private static func explain(_ pair: YAMLPair, _ role: Role, into diagnostics: inout DiagnosticList) {
    let sentence =
      switch (pair.key, role) {
      case ("fragment", .pipeline): "this file is a fragment; a pipeline includes it with '- include: FILE'"
      case ("pipeline", .fragment): "only a fragment can be included; this file is a pipeline"
      case ("tests", .fragment): "a fragment has no 'tests'; they stand in the pipeline that includes it"
      default: "unknown key '\(pair.key)'" + diagnostics.hint(for: pair.key, among: role.keys)
      }
    diagnostics.error(at: pair.keyPlace, sentence)
  }

  private mutating func readStages(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) {
    stagesPlace = pair.keyPlace
    guard case .sequence(let nodes) = pair.value.content else {
      isComplete = false
      if !pair.value.isUnusable {
        diagnostics.error(
          at: pair.value.place, "'stages' must be a list, each entry behind a '-', not \(pair.value.words)")
      }
      return
    }
    stages = nodes
  }

  private mutating func readTests(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) {
    switch pair.value.content {
    case .sequence(let nodes):
      tests = nodes
      for node in nodes {
        if case .mapping = node.content { continue }
        if !node.isUnusable { diagnostics.error(at: node.place, "a test must be a map, not \(node.words)") }
      }
    case .scalar(let scalar) where scalar.isNull: break
    case .unusable: break
    default: diagnostics.error(at: pair.value.place, "'tests' must be a list, not \(pair.value.words)")
    }
  }
}
