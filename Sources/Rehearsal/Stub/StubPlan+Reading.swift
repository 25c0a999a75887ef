package import PipelineFile
import TelephoneKit

extension StubPlan {
  /// Reads a stub: one answer for all requests, or `routes` and a `default`. What is wrong goes into the list.
  package init?(_ node: YAMLNode, _ files: FileContents, into diagnostics: inout DiagnosticList) {
    self.init(fallback: StubAnswer())
    guard case .mapping(let pairs) = node.content, pairs.contains(where: { $0.key == "routes" || $0.key == "default" })
    else {
      guard let map = MapReader(node, "a stub", keys: StubAnswer.keys + ["routes", "default"], into: &diagnostics)
      else { return nil }
      fallback = StubAnswer(map, files, into: &diagnostics)
      return
    }
    guard let map = MapReader(node, "a stub with routes", keys: ["routes", "default"], into: &diagnostics) else {
      return nil
    }
    if let pair = map["default"],
      let map = MapReader(pair.value, "an answer", keys: StubAnswer.keys, into: &diagnostics)
    {
      fallback = StubAnswer(map, files, into: &diagnostics)
    }
    guard let pair = map["routes"] else { return }
    guard case .sequence(let nodes) = pair.value.content else {
      if !pair.value.isUnusable {
        diagnostics.error(at: pair.value.place, "'routes' is a list of answers with 'when', not \(pair.value.words)")
      }
      return
    }
    for node in nodes {
      guard let map = MapReader(node, "a route", keys: ["when"] + StubAnswer.keys, into: &diagnostics) else { continue }
      guard let when = map["when"] else {
        diagnostics.error(at: node.place, "'when' is missing; the answer to all other requests is 'default'")
        continue
      }
      let condition = MatcherReader(knowsStatus: false).read(when.value, into: &diagnostics)
      let answer = StubAnswer(map, files, into: &diagnostics)
      if let condition { routes.append(Route(condition, answer)) }
    }
  }
}
