import TelephoneKit

extension VariableDeclarations {
  /// Reads what stands under `variables`: a map from names to maps (or to nothing).
  mutating func read(_ node: YAMLNode, into diagnostics: inout DiagnosticList) {
    switch node.content {
    case .unusable: return
    case .mapping(let pairs):
      for pair in pairs { read(pair, into: &diagnostics) }
    case .scalar(let scalar) where scalar.isNull: return
    default:
      diagnostics.error(
        at: node.place, "'variables' must be a map from names to what is known of them, not \(node.words)")
    }
  }

  private mutating func read(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) {
    guard VariableDeclaration.isName(pair.key) else {
      diagnostics.error(
        at: pair.keyPlace, "'\(pair.key)' cannot name a variable; use letters, digits and '_', no digit first")
      return
    }
    var declaration = VariableDeclaration(name: pair.key, place: pair.keyPlace)
    switch pair.value.content {
    case .mapping(let facts):
      for fact in facts { read(fact, of: &declaration, into: &diagnostics) }
      if declaration.isSecret { hide(facts, in: &diagnostics) }
    case .scalar(let scalar) where scalar.isNull: break
    case .unusable: break
    default:
      diagnostics.error(
        at: pair.value.place, "a variable takes a map such as { default: … }, not \(pair.value.words)")
    }
    add(declaration)
  }

  private func read(
    _ fact: YAMLPair, of declaration: inout VariableDeclaration, into diagnostics: inout DiagnosticList
  ) {
    let known = ["default", "description", "example", "secret"]
    guard known.contains(fact.key) else {
      diagnostics.error(
        at: fact.keyPlace, "unknown key '\(fact.key)' in a variable" + diagnostics.hint(for: fact.key, among: known))
      return
    }
    if fact.value.isUnusable { return }
    guard let scalar = fact.value.scalar, !scalar.isNull else {
      diagnostics.error(at: fact.value.place, "'\(fact.key)' must be text, not \(fact.value.words)")
      return
    }
    switch fact.key {
    case "default": declaration.defaultText = scalar.text
    case "description": declaration.summary = scalar.text
    case "example": declaration.example = scalar.text
    default:
      guard scalar.isPlain, scalar.text == "true" || scalar.text == "false" else {
        diagnostics.error(at: fact.value.place, "'secret' must be true or false")
        // What was meant to be secret is rather hidden than shown.
        declaration.isSecret = true
        return
      }
      declaration.isSecret = scalar.text == "true"
    }
  }

  private func hide(_ facts: [YAMLPair], in diagnostics: inout DiagnosticList) {
    for fact in facts where fact.key == "default" || fact.key == "example" {
      diagnostics.hide(fact.value.span, in: fact.value.place.file)
    }
  }
}
