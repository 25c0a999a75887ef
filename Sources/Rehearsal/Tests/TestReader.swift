import Foundation
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
  private var names: [String: Place] = [:]
  /// The file as it is with some variables, so that tests with the same share it.
  private var loaded: [[String: String]: CheckedPipeline] = [:]

  init(file: String, pipeline: CheckedPipeline, loader: PipelineLoader, diagnostics: DiagnosticList) {
    self.file = file
    self.pipeline = pipeline
    self.loader = loader
    self.files = FileContents(namedBy: file, reader: loader.reader)
    self.diagnostics = diagnostics
  }

  mutating func read(_ nodes: [YAMLNode]) -> [PipelineTest] { nodes.compactMap { read($0) } }

  private mutating func read(_ node: YAMLNode) -> PipelineTest? {
    guard let (variables, pipeline) = variables(of: node) else { return nil }
    var interpolation = Interpolation(
      pipeline.variables, mode: .check, lookup: { [loader] in variables[$0] ?? loader.variables($0) })
    let resolved = interpolation.resolve(node, into: &diagnostics)
    guard let map = MapReader(resolved, "a test", keys: Self.keys, into: &diagnostics),
      let name = name(of: map)
    else { return nil }
    var test = PipelineTest(name: name, place: node.place, pipeline: pipeline)
    if let pair = map["at"] { test.start = date(pair.value) ?? test.start }
    if let pair = map["stub"] { test.stub = StubPlan(pair.value, files, into: &diagnostics) ?? test.stub }
    if let pair = map["mocks"] { test.mocks = mocks(pair, of: pipeline) }
    if let pair = map["key-sets"] { test.filesOfURLs = keySets(pair.value) }
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

  /// The variables that a test gives, and the file with them.
  private mutating func variables(of node: YAMLNode) -> ([String: String], CheckedPipeline)? {
    guard case .mapping(let pairs) = node.content, let pair = pairs.first(where: { $0.key == "variables" }) else {
      return ([:], pipeline)
    }
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
      variables[value.key] = MapReader.value(value.value, of: value.key, String.self, into: &diagnostics)
    }
    if let known = loaded[variables] { return (variables, known) }
    do {
      var loader = loader
      loader.variables = { [outside = loader.variables, variables] in variables[$0] ?? outside($0) }
      let checked = try loader.load(path: pipeline.file)
      loaded[variables] = checked
      return (variables, checked)
    } catch {
      let first = error.diagnostics.first.map { ": \($0.headline)" } ?? ""
      diagnostics.error(at: pair.keyPlace, "the pipeline cannot be used with these variables\(first)")
      return nil
    }
  }

  private mutating func date(_ node: YAMLNode) -> Date? {
    guard let text = MapReader.value(node, of: "at", String.self, into: &diagnostics) else { return nil }
    let style = Date.ISO8601FormatStyle()
    if let date = (try? style.parse(text)) ?? (try? style.year().month().day().parse(text)) { return date }
    diagnostics.error(at: node.place, "'\(text)' is no date; write 2026-01-31T12:00:00Z")
    return nil
  }

  private mutating func mocks(_ pair: YAMLPair, of pipeline: CheckedPipeline) -> [String: StepMock] {
    guard case .mapping(let pairs) = pair.value.content else {
      if !pair.value.isUnusable {
        diagnostics.error(
          at: pair.value.place, "'mocks' is a map such as { verify-jwt: proceed }, not \(pair.value.words)")
      }
      return [:]
    }
    var mocks: [String: StepMock] = [:]
    for pair in pairs {
      guard let step = pipeline.steps.first(where: { $0.id == pair.key }) else {
        diagnostics.error(
          at: pair.keyPlace,
          "the pipeline has no step '\(pair.key)'"
            + diagnostics.hint(for: pair.key, among: pipeline.steps.map(\.id)))
        continue
      }
      mocks[step.id] = StepMock(pair.value, for: step, files, into: &diagnostics)
    }
    return mocks
  }

  /// Files in the place of what is behind URLs.
  private mutating func keySets(_ node: YAMLNode) -> [String: String] {
    guard case .mapping(let pairs) = node.content else {
      if !node.isUnusable {
        diagnostics.error(at: node.place, "'key-sets' is a map from URLs to files, not \(node.words)")
      }
      return [:]
    }
    var found: [String: String] = [:]
    for pair in pairs {
      guard pair.key.contains("://") else {
        diagnostics.error(at: pair.keyPlace, "'\(pair.key)' is no URL; write it as the pipeline does")
        continue
      }
      guard files.octets(pair.value, of: pair.key, into: &diagnostics) != nil else { continue }
      found[pair.key] = MapReader.value(pair.value, of: pair.key, String.self, into: &diagnostics).map(files.path)
    }
    return found
  }
}
