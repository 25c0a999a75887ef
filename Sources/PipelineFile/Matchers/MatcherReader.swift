import HTTPTypes
import TelephoneKit

/// Reads what stands under `when`: a map whose keys must all match.
package struct MatcherReader {
  /// Whether the answer's status can be known where the condition stands.
  let knowsStatus: Bool

  /// - Parameter knowsStatus: whether the answer's status can be known where the condition stands.
  package init(knowsStatus: Bool) { self.knowsStatus = knowsStatus }

  static let keys = ["path", "method", "header", "host", "client-address", "status", "all", "any", "not"]

  /// `nil` if there was a fault, which is in the list then.
  package func read(_ node: YAMLNode, into diagnostics: inout DiagnosticList) -> Matcher? {
    guard case .mapping(let pairs) = node.content else {
      if !node.isUnusable {
        diagnostics.error(
          at: node.place, "a condition must be a map such as \(slip(node)), not \(node.words)")
      }
      return nil
    }
    guard !pairs.isEmpty else {
      diagnostics.error(at: node.place, "this condition says nothing; take it out, or name a path, a method, …")
      return nil
    }
    var matchers: [Matcher] = []
    for pair in pairs {
      if let matcher = read(pair, into: &diagnostics) { matchers.append(matcher) }
    }
    guard matchers.count == pairs.count else { return nil }
    return matchers.count == 1 ? matchers[0] : .all(matchers)
  }

  /// The map that was surely meant by a text.
  private func slip(_ node: YAMLNode) -> String {
    let example = "{ path: /api/**, method: GET }"
    guard let scalar = node.scalar, !scalar.isSecret else { return example }
    if scalar.text.wholeMatch(of: /\/[A-Za-z0-9._~\/*-]{0,60}/) != nil { return "{ path: \(scalar.text) }" }
    return Self.usualMethods.contains(scalar.text) ? "{ method: \(scalar.text) }" : example
  }

  private func read(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) -> Matcher? {
    switch pair.key {
    case "path": return Self.texts(pair, into: &diagnostics, Self.path).map(Matcher.path)
    case "method": return Self.texts(pair, into: &diagnostics, Self.method).map(Matcher.method)
    case "header": return headers(pair, into: &diagnostics)
    case "host":
      return Self.texts(pair, into: &diagnostics) { text, _, _ in
        HostPattern(text).map { .success($0) } ?? .failure("is no host; write example.com, *.example.com or host:port")
      }.map(Matcher.host)
    case "client-address": return Self.texts(pair, into: &diagnostics, Self.address).map(Matcher.clientAddress)
    case "status":
      guard knowsStatus else {
        diagnostics.error(at: pair.keyPlace, "'status' is not known before the response track")
        return nil
      }
      return Self.texts(pair, into: &diagnostics) { text, _, _ in
        StatusRange(text).map { .success($0) } ?? .failure("is no status; write 404, 4xx or 500-599")
      }.map(Matcher.status)
    case "all": return list(pair, into: &diagnostics).map(Matcher.all)
    case "any": return list(pair, into: &diagnostics).map(Matcher.any)
    case "not": return read(pair.value, into: &diagnostics).map(Matcher.not)
    default:
      diagnostics.error(
        at: pair.keyPlace,
        "unknown condition '\(pair.key)'" + diagnostics.hint(for: pair.key, among: Self.keys))
      return nil
    }
  }

  /// The conditions under `all` or `any`.
  private func list(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) -> [Matcher]? {
    guard case .sequence(let nodes) = pair.value.content, !nodes.isEmpty else {
      if !pair.value.isUnusable {
        diagnostics.error(
          at: pair.value.place, "'\(pair.key)' takes a list of conditions, not \(emptyOrWords(pair.value))")
      }
      return nil
    }
    var matchers: [Matcher] = []
    for node in nodes {
      if let matcher = read(node, into: &diagnostics) { matchers.append(matcher) }
    }
    return matchers.count == nodes.count ? matchers : nil
  }

  private func headers(_ pair: YAMLPair, into diagnostics: inout DiagnosticList) -> Matcher? {
    guard case .mapping(let fields) = pair.value.content, !fields.isEmpty else {
      if !pair.value.isUnusable {
        diagnostics.error(
          at: pair.value.place, "'header' takes a map such as { x-name: value }, not \(emptyOrWords(pair.value))")
      }
      return nil
    }
    var matchers: [Matcher] = []
    for field in fields {
      let test = headerTest(field, into: &diagnostics)
      guard let name = HTTPField.Name(field.key) else {
        diagnostics.error(at: field.keyPlace, "'\(field.key)' is no field name (RFC 9110, 5.1)")
        continue
      }
      guard field.key.lowercased() != "host" else {
        diagnostics.error(at: field.keyPlace, "'host' is no header here; write 'host' beside 'header'")
        continue
      }
      guard name.reachesStages else {
        diagnostics.error(
          at: field.keyPlace,
          "'\(field.key)' is for one connection only and ends at the gateway (RFC 9110, 7.6.1); no stage sees it")
        continue
      }
      if let test { matchers.append(.header(name, test)) }
    }
    guard matchers.count == fields.count else { return nil }
    return matchers.count == 1 ? matchers[0] : .all(matchers)
  }

  private func headerTest(_ field: YAMLPair, into diagnostics: inout DiagnosticList) -> Matcher.HeaderTest? {
    guard case .mapping(let facts) = field.value.content else {
      let values = Self.texts(field, into: &diagnostics) { text, isSecret, _ in .success((text, isSecret)) }
      return values.map { values in
        .value(patterns: values.filter { !$0.1 }.map(\.0), secrets: values.filter(\.1).map(\.0))
      }
    }
    guard facts.count == 1, facts[0].key == "present", let scalar = facts[0].value.scalar,
      ["true", "false"].contains(scalar.text)
    else {
      if !field.value.holdsUnusable {
        diagnostics.error(at: field.value.place, "a field takes a value, a list of them, or { present: true }")
      }
      return nil
    }
    return .present(scalar.text == "true")
  }

  private func emptyOrWords(_ node: YAMLNode) -> String {
    switch node.content {
    case .sequence(let nodes) where nodes.isEmpty: "an empty list"
    case .mapping(let pairs) where pairs.isEmpty: "an empty map"
    default: node.words
    }
  }
}
