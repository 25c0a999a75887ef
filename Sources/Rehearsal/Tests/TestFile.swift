import PipelineFile
import TelephoneKit

/// A file of tests beside a pipeline file, read but not checked.
package struct TestFile {
  /// The path of the pipeline file that its tests are for.
  let pipeline: String
  let pipelinePlace: Place
  let tests: [YAMLNode]

  private static let endings = [".test.yaml", ".test.yml"]

  /// Whether a file is one by its name.
  package static func isTestFile(_ path: String) -> Bool { endings.contains { path.hasSuffix($0) } }

  /// The file of tests that belongs to a pipeline file: `a/b.test.yaml` for `a/b.yaml`.
  package static func path(beside pipeline: String) -> String {
    for ending in [".yaml", ".yml"] where pipeline.hasSuffix(ending) {
      return pipeline.dropLast(ending.count) + ".test" + ending
    }
    return pipeline + endings[0]
  }

  /// `nil`, with errors in the list, if it cannot be read.
  init?(_ path: String, by loader: PipelineLoader, into diagnostics: inout DiagnosticList) {
    let start = Place(file: path, line: 1, column: 1)
    let octets: [UInt8]
    do {
      octets = try loader.reader.octets(of: path, limit: loader.limits.octets)
    } catch {
      diagnostics.error(at: start, "the file cannot be read: \(error.reason)")
      return nil
    }
    guard let root = YAMLComposer.compose(octets, file: path, limits: loader.limits, into: &diagnostics),
      let map = MapReader(root, "a file of tests", keys: ["pipeline", "tests"], into: &diagnostics)
    else { return nil }
    if let pair = map["pipeline"] {
      guard let name = map.value("pipeline", String.self, into: &diagnostics) else { return nil }
      pipeline = FilePath.resolve(name, from: path)
      pipelinePlace = pair.value.place
      guard !Self.isTestFile(pipeline) else {
        diagnostics.error(at: pipelinePlace, "'pipeline' names a pipeline file, not a file of tests")
        return nil
      }
    } else {
      let ending = path.hasSuffix(".yml") ? ".yml" : ".yaml"
      pipeline = Self.endings.first(where: path.hasSuffix).map { path.dropLast($0.count) + ending } ?? path
      pipelinePlace = root.place
    }
    guard let pair = map["tests"], case .sequence(let nodes) = pair.value.content else {
      diagnostics.error(at: map["tests"]?.value.place ?? root.place, "'tests' is missing, or is no list of tests")
      return nil
    }
    tests = nodes
  }
}
