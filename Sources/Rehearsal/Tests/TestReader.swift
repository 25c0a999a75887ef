import PipelineFile
import TelephoneKit

/// Reads tests, one by one, each with the variables that it gives. All that is wrong goes into one list.
struct TestReader {
  static let keys = [
    "name", "request", "sequence", "expect", "stub", "mocks", "variables", "at", "key-sets", "times",
  ]

  let file: String
  let pipeline: CheckedPipeline
  let loader: PipelineLoader
  let files: FileContents
  var diagnostics: DiagnosticList
  /// What must not stand in a message.
  private(set) var redaction: Redaction
  private var names: [String: Place] = [:]
  /// The file as it is with some variables, so that tests with the same share it.
  private var loaded: [[String: String]: CheckedPipeline] = [:]

  init(file: String, pipeline: CheckedPipeline, loader: PipelineLoader, diagnostics: DiagnosticList) {
    self.file = file
    self.pipeline = pipeline
    self.loader = loader
    self.files = FileContents(namedBy: file, reader: loader.reader)
    self.diagnostics = diagnostics
    self.redaction = pipeline.redaction
  }

  mutating func read(_ nodes: [YAMLNode]) -> [PipelineTest] { nodes.compactMap { read($0) } }

  private mutating func read(_ node: YAMLNode) -> PipelineTest? {
    guard let (variables, pipeline, secretsInVariables) = variables(of: node) else { return nil }
    var interpolation = Interpolation(
      pipeline.variables, mode: .check, lookup: { [loader] in variables[$0] ?? loader.variables($0) })
    let resolved = interpolation.resolve(Self.withoutVariables(node), into: &diagnostics)
    let secrets = interpolation.secrets.union(secretsInVariables)
    for secret in secrets { redaction.hide(secret: secret) }
    guard let map = MapReader(resolved, "a test", keys: Self.keys, into: &diagnostics),
      let name = name(of: map)
    else { return nil }
    var test = PipelineTest(name: name, place: node.place, pipeline: pipeline.hiding(secrets))
    if let pair = map["at"] { test.start = date(pair.value) ?? test.start }
    if let pair = map["stub"] { test.stub = StubPlan(pair.value, files, into: &diagnostics) ?? test.stub }
    if let pair = map["mocks"] { test.mocks = mocks(pair, of: pipeline) }
    if let pair = map["key-sets"] { test.filesOfURLs = keySets(pair.value, of: pipeline) }
    var steps = TestStepReader(pipeline: pipeline, files: files, diagnostics: diagnostics)
    test.steps = steps.read(map)
    diagnostics = steps.diagnostics
    return test
  }

  private mutating func name(of map: MapReader) -> String? {
    guard let pair = map["name"] else {
      diagnostics.error(at: map.place, "'name' is missing; say in a few words what the test shows")
      return nil
    }
    guard let name = map.value("name", String.self, into: &diagnostics) else { return nil }
    if let first = names[name] {
      diagnostics.error(at: pair.value.place, "a test of this name stands in line \(first.line) already")
    }
    names[name] = names[name] ?? pair.value.place
    return name
  }

  /// A test without its variables, which were read before.
  private static func withoutVariables(_ node: YAMLNode) -> YAMLNode {
    guard case .mapping(let pairs) = node.content else { return node }
    var node = node
    node.content = .mapping(pairs.filter { $0.key != "variables" })
    return node
  }

  /// The variables that a test gives, the file with them, and the secrets that were put into them. A variable in one of
  /// them is what it is without the test.
  private mutating func variables(of node: YAMLNode) -> ([String: String], CheckedPipeline, Set<String>)? {
    guard case .mapping(let pairs) = node.content, let pair = pairs.first(where: { $0.key == "variables" }) else {
      return ([:], pipeline, [])
    }
    var interpolation = Interpolation(pipeline.variables, mode: .check, lookup: loader.variables)
    guard case .mapping(let values) = pair.value.content else {
      if !pair.value.isUnusable {
        diagnostics.error(at: pair.value.place, "'variables' is a map such as { NAME: value }, not \(pair.value.words)")
      }
      return nil
    }
    var variables: [String: String] = [:]
    for value in values {
      if pipeline.variables[value.key]?.isSecret == true {
        diagnostics.hide(value.value.span, in: value.value.place.file)
      }
      if pipeline.variables[value.key] == nil {
        diagnostics.warning(
          .undeclaredVariable, at: value.keyPlace,
          "the pipeline declares no variable \(value.key)"
            + diagnostics.hint(for: value.key, among: pipeline.variables.names))
      }
      let resolved = interpolation.resolve(value.value, into: &diagnostics)
      variables[value.key] = MapReader.value(resolved, of: value.key, String.self, into: &diagnostics)
    }
    if let known = loaded[variables] { return (variables, known, interpolation.secrets) }
    do {
      var loader = loader
      loader.variables = { [outside = loader.variables, variables] in variables[$0] ?? outside($0) }
      let checked = try loader.load(path: pipeline.file)
      loaded[variables] = checked
      return (variables, checked, interpolation.secrets)
    } catch {
      let first = error.diagnostics.first.map { ": \($0.headline)" } ?? ""
      diagnostics.error(at: pair.keyPlace, "the pipeline cannot be used with these variables\(first)")
      return nil
    }
  }
}
