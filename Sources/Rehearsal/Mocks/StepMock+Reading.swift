import PipelineFile
import TelephoneKit

extension StepMock {
  /// Reads `proceed`, or a map with one of `proceed`, `answer`, `refuse` and `fail`, for a step.
  init?(_ node: YAMLNode, for step: CheckedStep, _ files: FileContents, into diagnostics: inout DiagnosticList) {
    let kinds = Self.kinds(on: step.type.track)
    guard !kinds.isEmpty else {
      diagnostics.error(at: node.place, "'\(step.id)' emits the answer, and nothing can stand in its place")
      return nil
    }
    let names = kinds.map(\.rawValue)
    let allowed = "a step of the \(step.type.track) track can be told to \(names.joined(separator: ", "))"
    var name: String
    var content: YAMLNode?
    switch node.content {
    case .unusable: return nil
    case .scalar(let scalar): name = scalar.text
    case .mapping(let pairs) where pairs.count == 1:
      name = pairs[0].key
      content = pairs[0].value
    case .mapping, .sequence:
      diagnostics.error(
        at: node.place, "a mock says one thing, such as 'proceed' or { refuse: { status: 403 } }; \(allowed)")
      return nil
    }
    guard let kind = Kind(rawValue: name), kinds.contains(kind) else {
      diagnostics.error(
        at: node.place, "'\(name)' is nothing for '\(step.id)'; \(allowed)" + diagnostics.hint(for: name, among: names))
      return nil
    }
    switch kind {
    case .proceed: self = .proceed(Self.claims(content, into: &diagnostics))
    case .answer:
      guard let content, !content.isNull else {
        self = .answer(StubAnswer())
        return
      }
      guard let map = MapReader(content, "an answer", keys: StubAnswer.keys, into: &diagnostics) else { return nil }
      self = .answer(StubAnswer(map, files, into: &diagnostics))
    case .refuse, .fail:
      let isFailure = kind == .fail
      var (status, code) = isFailure ? (500, "mocked-failure") : (403, "mocked-refusal")
      if let content, !content.isNull {
        guard let map = MapReader(content, "what a mock says", keys: ["status", "code"], into: &diagnostics) else {
          return nil
        }
        status = map.value("status", in: 400...599, into: &diagnostics) ?? status
        code = map.value("code", String.self, into: &diagnostics) ?? code
      }
      self = .refuse(status: status, code: code, isFailure: isFailure)
    }
  }

  private static func claims(_ node: YAMLNode?, into diagnostics: inout DiagnosticList) -> Claims? {
    guard let node, !node.isNull,
      let map = MapReader(node, "what a mock leaves", keys: ["claims"], into: &diagnostics), let pair = map["claims"]
    else { return nil }
    guard case .object(let claims) = JSONValue.read(pair.value, into: &diagnostics) else {
      diagnostics.error(at: pair.value.place, "'claims' is a map such as { sub: ann }, not \(pair.value.words)")
      return nil
    }
    return Claims(claims)
  }
}
