import HTTPTypes
import PipelineFile
import TelephoneKit

/// Reads what stands under `expect`.
struct ExpectationReader {
  static let keys = [
    "status", "decided-by", "outcome", "code", "fields", "body", "chunks", "trailers", "interim", "backend",
  ]

  let pipeline: CheckedPipeline
  let files: FileContents
  var diagnostics: DiagnosticList

  /// `nil`, with an error in the list, if it says nothing that can be checked.
  mutating func read(_ node: YAMLNode) -> Expectation? {
    let before = diagnostics.all.count
    guard let map = MapReader(node, "what is expected", keys: Self.keys, into: &diagnostics) else { return nil }
    guard map.saysAll(into: &diagnostics) else { return nil }
    guard Self.keys.contains(where: { map[$0] != nil }) || diagnostics.all.count > before else {
      diagnostics.error(at: node.place, "this says nothing that is expected; give a 'status', a 'body', …")
      return nil
    }
    var expectation = Expectation(place: node.place)
    if let pair = map["status"] { expectation.status = statuses(pair).map { ($0, pair.keyPlace) } }
    if let pair = map["decided-by"] { expectation.decidedBy = step(pair.value).map { ($0, pair.keyPlace) } }
    if let pair = map["outcome"] { expectation.outcome = outcome(pair.value).map { ($0, pair.keyPlace) } }
    if let pair = map["code"], let code = map.value("code", String.self, into: &diagnostics) {
      expectation.code = (code, pair.keyPlace)
    }
    if let pair = map["fields"] { expectation.fields = fields(pair.value, of: "fields") }
    if let pair = map["trailers"] { expectation.trailers = fields(pair.value, of: "trailers") }
    if let pair = map["body"] { expectation.body = body(pair.value, mayHaveSnapshot: true) }
    if let pair = map["chunks"] { expectation.chunks = chunks(pair.value).map { ($0, pair.keyPlace) } }
    if let pair = map["interim"] { expectation.interim = interim(pair.value).map { ($0, pair.keyPlace) } }
    if let pair = map["backend"] { expectation.backend = backend(pair) }
    return diagnostics.all.count == before && !node.holdsUnusable ? expectation : nil
  }

  private mutating func statuses(_ pair: YAMLPair) -> [StatusRange]? {
    MatcherReader.texts(pair, into: &diagnostics) { text, _, _ in
      StatusRange(text).map { .success($0) } ?? .failure("is no status; write 404, 4xx or 500-599")
    }
  }

  private mutating func step(_ node: YAMLNode) -> String? {
    guard let id = MapReader.value(node, of: "decided-by", String.self, into: &diagnostics) else { return nil }
    guard pipeline.steps.contains(where: { $0.id == id }) else {
      diagnostics.error(
        at: node.place,
        "the pipeline has no step '\(id)'"
          + diagnostics.hint(for: id, among: pipeline.steps.map(\.id)))
      return nil
    }
    return id
  }

  private mutating func outcome(_ node: YAMLNode) -> Outcome.Kind? {
    guard let text = MapReader.value(node, of: "outcome", String.self, into: &diagnostics) else { return nil }
    if let kind = Outcome.Kind(rawValue: text) { return kind }
    let names = Outcome.Kind.allCases.map(\.rawValue)
    diagnostics.error(
      at: node.place,
      "'outcome' is one of \(MapReader.list(names)), not '\(text)'" + diagnostics.hint(for: text, among: names))
    return nil
  }

  /// A number of chunks, or a list of their sizes.
  private mutating func chunks(_ node: YAMLNode) -> Expectation.Chunks? {
    if case .sequence(let nodes) = node.content {
      let sizes = nodes.compactMap { MapReader.value($0, of: "chunks", ByteSize.self, into: &diagnostics)?.octets }
      return sizes.count == nodes.count ? .sizes(sizes) : nil
    }
    guard let count = MapReader.value(node, of: "chunks", Int.self, into: &diagnostics) else { return nil }
    guard count >= 0 else {
      diagnostics.error(at: node.place, "'chunks' is a number of chunks, or a list of their sizes")
      return nil
    }
    return .count(count)
  }

  private mutating func interim(_ node: YAMLNode) -> [Int]? {
    let nodes = if case .sequence(let nodes) = node.content { nodes } else { [node] }
    let codes = nodes.compactMap { node -> Int? in
      guard let code = MapReader.value(node, of: "interim", Int.self, into: &diagnostics) else { return nil }
      guard (100..<200).contains(code), code != 101 else {
        diagnostics.error(at: node.place, "\(code) is no interim status; write 100, or 102 to 199")
        return nil
      }
      return code
    }
    return codes.count == nodes.count ? codes : nil
  }

  /// `called`, `not-called`, or a map of what reached it.
  private mutating func backend(_ pair: YAMLPair) -> Expectation.BackendRule? {
    let keys = ["method", "target", "authority", "fields", "body", "times"]
    switch pair.value.content {
    case .unusable: return nil
    case .scalar(let scalar) where scalar.text == "called": return Expectation.BackendRule(place: pair.keyPlace)
    case .scalar(let scalar) where scalar.text == "not-called":
      return Expectation.BackendRule(times: 0, place: pair.keyPlace)
    case .scalar, .sequence:
      let text = pair.value.scalar?.text ?? ""
      diagnostics.error(
        at: pair.value.place,
        "'backend' is called, not-called, or a map with \(MapReader.list(keys))"
          + diagnostics.hint(for: text, among: ["called", "not-called"]))
      return nil
    case .mapping: break
    }
    guard let map = MapReader(pair.value, "what reached the backend", keys: keys, into: &diagnostics),
      map.saysAll(into: &diagnostics)
    else { return nil }
    var rule = Expectation.BackendRule(place: pair.keyPlace)
    rule.times = map.value("times", in: 0...TestStepReader.mostTimes, into: &diagnostics)
    if let pair = map["method"] { rule.method = texts(pair.value, of: "method") }
    if let pair = map["target"] { rule.target = texts(pair.value, of: "target") }
    if let pair = map["authority"] { rule.authority = texts(pair.value, of: "authority") }
    if let pair = map["fields"] { rule.fields = fields(pair.value, of: "fields") }
    if let pair = map["body"] { rule.body = body(pair.value, mayHaveSnapshot: false) }
    return rule
  }
}
