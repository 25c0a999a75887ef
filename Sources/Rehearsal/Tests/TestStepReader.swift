import PipelineFile
import TelephoneKit

/// Reads what a test does: one request, or a `sequence` of them.
struct TestStepReader {
  static let keys = ["request", "times", "expect", "advance", "stub"]
  static let mostTimes = 10_000

  let pipeline: CheckedPipeline
  let files: FileContents
  var diagnostics: DiagnosticList

  mutating func read(_ test: MapReader) -> [PipelineTest.Step] {
    let before = diagnostics.all.count
    let steps: [PipelineTest.Step]
    if let sequence = test["sequence"] {
      for key in ["request", "expect", "times"] {
        guard let pair = test[key] else { continue }
        diagnostics.error(at: pair.keyPlace, "'\(key)' stands beside 'sequence'; write it in a step of the sequence")
      }
      guard case .sequence(let nodes) = sequence.value.content else {
        if !sequence.value.isUnusable {
          diagnostics.error(at: sequence.value.place, "'sequence' is a list of steps, not \(sequence.value.words)")
        }
        return []
      }
      steps = nodes.compactMap { node in
        let before = diagnostics.all.count
        guard let map = MapReader(node, "a step", keys: Self.keys, into: &diagnostics) else { return nil }
        if diagnostics.all.count == before, map["request"] == nil, map["advance"] == nil, map["stub"] == nil {
          diagnostics.error(at: map.place, "this step does nothing; give a 'request', an 'advance' or a 'stub'")
        }
        return step(map, isTest: false)
      }
    } else {
      guard test["request"] != nil else {
        diagnostics.error(at: test.place, "'request' is missing; or write a 'sequence' of them")
        return []
      }
      guard let step = step(test, isTest: true) else { return [] }
      steps = [step]
    }
    if diagnostics.all.count == before, !steps.contains(where: { $0.expectation != nil }) {
      diagnostics.error(at: test.place, "this test expects nothing; say under 'expect' what must come of it")
    }
    return steps
  }

  /// - Parameter isTest: whether the map is a whole test, and not a step of a sequence.
  private mutating func step(_ map: MapReader, isTest: Bool) -> PipelineTest.Step? {
    var step = PipelineTest.Step(place: map.place)
    if !isTest {
      step.advance = map.value("advance", in: .zero...(.seconds(86_400 * 366)), into: &diagnostics)
      if let pair = map["stub"] { step.stub = StubPlan(pair.value, files, into: &diagnostics) }
    }
    if let pair = map["request"] {
      step.request = RequestReader(files: files).read(pair.value, into: &diagnostics)
      if step.request == nil { return nil }
    }
    step.times = map.value("times", in: 1...Self.mostTimes, into: &diagnostics) ?? 1
    for key in ["expect", "times"] where map["request"] == nil {
      guard let pair = map[key] else { continue }
      diagnostics.error(at: pair.keyPlace, "'\(key)' is about a request, and this step sends none")
    }
    if let pair = map["expect"] {
      var reader = ExpectationReader(pipeline: pipeline, files: files, diagnostics: diagnostics)
      step.expectation = reader.read(pair.value)
      diagnostics = reader.diagnostics
      if step.expectation == nil { return nil }
    }
    return step
  }
}
