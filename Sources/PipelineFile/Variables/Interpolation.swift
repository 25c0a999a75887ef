import TelephoneKit

/// For what a file is read: whether the examples of variables may stand in for them.
package enum PipelineMode: Sendable, Hashable {
  /// `check`, `dry-run` and `test`: a variable that is set nowhere is its example, and a note says so.
  case check
  /// `run`: examples are never used.
  case run
}

/// Puts the values of variables into the leaves of a tree that was read already. Keys are left alone, and a value is
/// taken as it is: it is neither searched for variables again nor read as YAML.
package struct Interpolation: Sendable {
  package var declarations: VariableDeclarations
  let mode: PipelineMode
  let lookup: @Sendable (String) -> String?
  /// The values of secret variables that were put in.
  package private(set) var secrets: Set<String> = []
  /// Examples that were used, with the place of their first use.
  private var examplesUsed: Set<String> = []
  /// How many octets variables may add up to in one file: 4 MiB.
  private var octetsLeft = 4 << 20

  package init(
    _ declarations: VariableDeclarations, mode: PipelineMode, lookup: @escaping @Sendable (String) -> String?
  ) {
    self.declarations = declarations
    self.mode = mode
    self.lookup = lookup
  }

  /// The tree with all its leaves resolved. A leaf with a fault becomes unusable, and the fault goes into the list.
  package mutating func resolve(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> YAMLNode {
    var node = node
    switch node.content {
    case .unusable: break
    case .sequence(let nodes): node.content = .sequence(nodes.map { resolve($0, into: &diagnostics) })
    case .mapping(let pairs):
      node.content = .mapping(
        pairs.map { pair in
          var pair = pair
          pair.value = resolve(pair.value, into: &diagnostics)
          return pair
        })
    case .scalar(let scalar):
      guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { break }
      node.content = resolve(scalar, of: node, into: &diagnostics).map { .scalar($0) } ?? .unusable
    }
    return node
  }

  private mutating func resolve(
    _ scalar: YAMLScalar, of node: YAMLNode, into diagnostics: inout DiagnosticList
  ) -> YAMLScalar? {
    var resolved = scalar
    resolved.text = ""
    var isUsable = true
    var places: [Place]?
    func report(_ sentence: String, _ opening: Int) {
      let found = places ?? Self.openings(in: scalar, of: node, diagnostics)
      places = found
      diagnostics.error(at: found.indices.contains(opening) ? found[opening] : node.place, sentence)
      isUsable = false
    }
    for (part, opening) in InterpolatedText(scalar.text).parts {
      switch part {
      case .text(let text): resolved.text += text
      case .variable(let name, let orElse):
        // Also where something else is set: it is as much a secret as a declared default.
        if let orElse, !orElse.isEmpty, declarations[name]?.isSecret == true {
          diagnostics.hide(node.span, in: node.place.file)
        }
        guard let (value, isSecret, source) = value(of: name, orElse: orElse, into: &diagnostics) else {
          report(unset(name, diagnostics), opening)
          continue
        }
        octetsLeft -= value.utf8.count
        guard octetsLeft >= 0 else {
          diagnostics.error(at: node.place, "the values of the variables come to more than 4MiB")
          return nil
        }
        resolved.text += value
        resolved.variables.append(VariableUse(name: name, source: source))
        if isSecret {
          resolved.isSecret = true
          secrets.insert(value)
        }
      case .fault(let sentence): report(sentence, opening)
      }
    }
    return isUsable ? resolved : nil
  }

  /// A variable's value: what is set outside, else the default of the reference (also if it is set to nothing), else
  /// the declared default, else, for a check, the example.
  private mutating func value(
    of name: String, orElse: String?, into diagnostics: inout DiagnosticList
  ) -> (String, isSecret: Bool, VariableUse.Source)? {
    let declared = declarations[name]
    let isSecret = declared?.isSecret ?? false
    if let value = lookup(name), !value.isEmpty || orElse == nil { return (value, isSecret, .environment) }
    if let orElse { return (orElse, isSecret, .reference) }
    if let text = declared?.defaultText { return (text, isSecret, .declaredDefault) }
    if mode == .check, let declared, let example = declared.example {
      if examplesUsed.insert(name).inserted {
        diagnostics.note(.variableExample, at: declared.place, "\(name) is not set: its example is used")
      }
      return (example, isSecret, .example)
    }
    return nil
  }

  private func unset(_ name: String, _ diagnostics: DiagnosticList) -> String {
    if declarations[name] == nil, diagnostics.isWorthHints,
      let near = NearestName.to(name, among: declarations.names)
    {
      return "the variable \(name) is set nowhere; did you mean '\(near)'?"
    }
    return "the variable \(name) is set nowhere; set it, or write ${\(name):-default}"
  }

  /// Where each `${` of a text stands in the file. Escapes can hide one: then the text's own place has to do for all.
  private static func openings(
    in scalar: YAMLScalar, of node: YAMLNode, _ diagnostics: DiagnosticList
  ) -> [Place] {
    guard let source = diagnostics.source(node.place.file) else { return [] }
    let openings = node.span.filter { index in
      source.scalars[index] == "$" && index + 1 < node.span.upperBound && source.scalars[index + 1] == "{"
    }
    guard openings.count == InterpolatedText.openings(in: scalar.text) else { return [] }
    return openings.map { source.place(at: $0) }
  }
}
