import Foundation

/// What `telephone doctor --format json` printed.
struct Visit {
  struct Step: Decodable {
    var step: String
    var verdict: String
    var milliseconds: Double
    var sentence: String
    var advice: String?
    var details: [String]?
  }

  struct Sum: Decodable {
    var failed: Int
    var warnings: Int
    var skipped: Int
  }

  let steps: [Step]
  let sum: Sum
  let result: Program.Result

  init(_ result: Program.Result) throws {
    self.result = result
    let lines = result.output.split(separator: "\n").map { Data($0.utf8) }
    steps = try lines.dropLast().map { try JSONDecoder().decode(Step.self, from: $0) }
    sum = try JSONDecoder().decode(Sum.self, from: lines.last ?? Data())
  }

  var code: Int32? { result.code }
  var verdicts: [String: String] { Dictionary(uniqueKeysWithValues: steps.map { ($0.step, $0.verdict) }) }

  subscript(name: String) -> Step? { steps.first { $0.step == name } }
}
