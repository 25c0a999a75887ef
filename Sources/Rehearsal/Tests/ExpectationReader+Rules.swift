import HTTPTypes
import PipelineFile
import TelephoneKit

extension ExpectationReader {
  private typealias TextRule = Expectation.TextRule

  /// A text that must be equal, or a map with `equals`, `contains` and `matches`.
  mutating func texts(_ node: YAMLNode, of key: String) -> [Expectation.TextRule] {
    guard case .mapping(let pairs) = node.content, !pairs.contains(where: { $0.key == "repeat" }) else {
      return LongText.read(node, of: key, into: &diagnostics).map { [TextRule(kind: .equals($0), place: node.place)] }
        ?? []
    }
    let keys = ["equals", "contains", "matches"]
    guard let map = MapReader(node, "what is expected of '\(key)'", keys: keys, into: &diagnostics),
      map.saysAll(into: &diagnostics)
    else { return [] }
    return rules(map, of: key)
  }

  /// The rules of a map whose keys are known to be right.
  private mutating func rules(_ map: MapReader, of key: String) -> [Expectation.TextRule] {
    var rules: [TextRule] = []
    if let pair = map["equals"], let text = LongText.read(pair.value, of: "equals", into: &diagnostics) {
      rules.append(TextRule(kind: .equals(text), place: pair.keyPlace))
    }
    for name in ["contains", "matches"] {
      if let pair = map[name], case .sequence(let nodes) = pair.value.content, nodes.isEmpty {
        diagnostics.error(at: pair.value.place, "'\(name)' says nothing that is expected; give a text")
      }
    }
    for node in map["contains"].map({ Self.elements($0.value) }) ?? [] {
      guard let text = LongText.read(node, of: "contains", into: &diagnostics) else { continue }
      rules.append(TextRule(kind: .contains(text), place: node.place))
    }
    for node in map["matches"].map({ Self.elements($0.value) }) ?? [] {
      guard let pattern = MapReader.value(node, of: "matches", String.self, into: &diagnostics) else { continue }
      do {
        _ = try Regex(pattern)
        rules.append(TextRule(kind: .matches(pattern), place: node.place))
      } catch {
        diagnostics.error(at: node.place, "'\(pattern)' is no regular expression: \(error)")
      }
    }
    return rules
  }

  private static func elements(_ node: YAMLNode) -> [YAMLNode] {
    if case .sequence(let nodes) = node.content { nodes } else { [node] }
  }

  /// A map from names to a value, a list of values, or a map with `equals`, `contains`, `matches` and `absent`.
  mutating func fields(_ node: YAMLNode, of key: String) -> [Expectation.FieldRule] {
    guard case .mapping(let pairs) = node.content else {
      if !node.isUnusable {
        diagnostics.error(at: node.place, "'\(key)' is a map such as { Content-Type: text/html }, not \(node.words)")
      }
      return []
    }
    if pairs.isEmpty {
      diagnostics.error(at: node.place, "'\(key)' says nothing that is expected; give a field, or leave it out")
    }
    return pairs.compactMap { pair in
      guard let name = FieldsReader.name(pair.key, at: pair.keyPlace, into: &diagnostics) else { return nil }
      var rule = Expectation.FieldRule(name: name, place: pair.keyPlace)
      switch pair.value.content {
      case .sequence(let nodes):
        rule.values = nodes.compactMap { LongText.read($0, of: pair.key, into: &diagnostics) }
      case .mapping(let pairs) where !pairs.contains(where: { $0.key == "repeat" }):
        let keys = ["equals", "contains", "matches", "absent"]
        guard let map = MapReader(pair.value, "what is expected of a field", keys: keys, into: &diagnostics),
          map.saysAll(into: &diagnostics)
        else { return nil }
        rule.isAbsent = map.value("absent", Bool.self, into: &diagnostics)
        rule.texts = rules(map, of: pair.key)
        if rule.isAbsent == true, !rule.texts.isEmpty {
          diagnostics.error(at: pair.value.place, "a field that is absent can neither be equal nor contain anything")
        }
        if pairs.isEmpty {
          diagnostics.error(
            at: pair.value.place, "say what is expected of the field: { matches: … } or { absent: true }")
        }
      default: rule.texts = texts(pair.value, of: pair.key)
      }
      return rule
    }
  }

  /// A text that must be equal, or a map.
  mutating func body(_ node: YAMLNode, mayHaveSnapshot: Bool) -> Expectation.BodyRule {
    var rule = Expectation.BodyRule()
    guard case .mapping(let pairs) = node.content, !pairs.contains(where: { $0.key == "repeat" }) else {
      rule.texts = texts(node, of: "body")
      return rule
    }
    let keys = ["equals", "contains", "matches", "json", "sha256"] + (mayHaveSnapshot ? ["snapshot"] : [])
    guard let map = MapReader(node, "what is expected of the body", keys: keys, into: &diagnostics),
      map.saysAll(into: &diagnostics)
    else { return rule }
    if pairs.isEmpty {
      diagnostics.error(at: node.place, "say what is expected of the body, such as { contains: hello }")
    }
    rule.texts = rules(map, of: "body")
    if let pair = map["json"] { rule.json = json(pair.value) }
    if let pair = map["sha256"], let text = map.value("sha256", String.self, into: &diagnostics) {
      rule.sha256 = (text.lowercased(), pair.keyPlace)
      if text.wholeMatch(of: /[0-9a-fA-F]{64}/) == nil {
        diagnostics.error(at: pair.value.place, "'sha256' is 64 hexadecimal digits")
      }
    }
    if let pair = map["snapshot"], let name = map.value("snapshot", String.self, into: &diagnostics) {
      if name.isEmpty || name.hasSuffix("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        || [".", ".."].contains(FilePath.name(of: name))
      {
        diagnostics.error(
          at: pair.value.place, "'snapshot' is a file that 'telephone test --update' may write over, such as users.json"
        )
      }
      rule.snapshot = (files.path(name), pair.keyPlace)
    }
    return rule
  }

  /// A map from pointers (RFC 6901) to values.
  private mutating func json(_ node: YAMLNode) -> [(pointer: JSONPointer, value: JSONValue, place: Place)] {
    guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
      if !node.isUnusable {
        diagnostics.error(at: node.place, "'json' is a map from pointers to values, such as { /user/0/name: Ann }")
      }
      return []
    }
    return pairs.compactMap { pair in
      guard let pointer = JSONPointer(pair.key) else {
        diagnostics.error(
          at: pair.keyPlace, "'\(pair.key)' is no JSON pointer (RFC 6901); write /a/0 for the first element of a")
        return nil
      }
      return (pointer, JSONValue.read(pair.value, into: &diagnostics), pair.keyPlace)
    }
  }
}
