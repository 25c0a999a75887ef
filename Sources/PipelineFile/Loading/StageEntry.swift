import TelephoneKit

/// An entry of `stages`, read but not yet checked against the registry.
struct StageEntry {
  var stage: String
  /// Where the stage's name stands.
  var place: Place
  var id: String?
  var idPlace: Place?
  var when: YAMLPair?
  var with: YAMLPair?
  /// Keys that an entry does not have: they may be options that stand in the wrong place.
  var unknown: [YAMLPair] = []
  /// Whether a fault in its shape was reported.
  var isFaulty = false

  static let keys = ["stage", "id", "when", "with", "include"]

  /// `nil`, with an error in the list, if it names no stage.
  init?(_ node: YAMLNode, registry: StageRegistry, into diagnostics: inout DiagnosticList) {
    switch node.content {
    case .unusable: return nil
    case .scalar(let scalar):
      guard let name = Self.text(scalar, at: node.place, of: "a stage", into: &diagnostics) else { return nil }
      self.init(stage: name, place: node.place)
    case .mapping(let pairs):
      self.init(pairs, at: node.place, registry: registry, into: &diagnostics)
    case .sequence:
      diagnostics.error(at: node.place, "a stage is a name or a map with 'stage', not a list")
      return nil
    }
  }

  private init(stage: String, place: Place) {
    self.stage = stage
    self.place = place
  }

  private init?(
    _ pairs: [YAMLPair], at place: Place, registry: StageRegistry, into diagnostics: inout DiagnosticList
  ) {
    guard let named = pairs.first(where: { $0.key == "stage" }) else {
      if let slip = pairs.first(where: { registry[$0.key] != nil }) {
        diagnostics.error(at: slip.keyPlace, "write 'stage: \(slip.key)', and its options under 'with'")
      } else {
        diagnostics.error(at: place, "this entry names no stage; write 'stage: NAME'")
      }
      return nil
    }
    guard let scalar = named.value.scalar else {
      if !named.value.isUnusable {
        diagnostics.error(at: named.value.place, "'stage' must be a name, not \(named.value.words)")
      }
      return nil
    }
    guard let stage = Self.text(scalar, at: named.value.place, of: "'stage'", into: &diagnostics) else { return nil }
    self.stage = stage
    self.place = named.value.place
    for pair in pairs where pair.key != "stage" {
      switch pair.key {
      case "id":
        id = Self.id(pair, into: &diagnostics)
        idPlace = pair.value.place
        if id == nil { isFaulty = true }
      case "when": when = pair
      case "with": with = pair
      default: unknown.append(pair)
      }
    }
  }

  private static func id(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) -> String? {
    if pair.value.isUnusable { return nil }
    guard let scalar = pair.value.scalar else {
      diagnostics.error(at: pair.value.place, "'id' must be a name, not \(pair.value.words)")
      return nil
    }
    guard let id = text(scalar, at: pair.value.place, of: "'id'", into: &diagnostics) else { return nil }
    guard id.utf8.count <= 64, id.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
      diagnostics.error(at: pair.value.place, "'\(id)' is no id; use at most 64 letters, digits, '-', '_' and '.'")
      return nil
    }
    return id
  }

  /// The text of a name, which must be there and must be no secret.
  static func text(
    _ scalar: YAMLScalar, at place: Place, of what: String, into diagnostics: inout DiagnosticList
  ) -> String? {
    guard !scalar.isSecret else {
      diagnostics.error(at: place, "\(what) must not come from a secret variable")
      return nil
    }
    guard !scalar.isNull, !scalar.text.isEmpty else {
      diagnostics.error(at: place, "\(what) must be a name, not nothing")
      return nil
    }
    return scalar.text
  }
}
