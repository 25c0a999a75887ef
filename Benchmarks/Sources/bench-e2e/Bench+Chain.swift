import Foundation

extension Bench {
  /// What `bench-micro --chain` prints.
  private struct Chain: Decodable {
    /// Heap allocations of an exchange through six pass-through stages, less those of one through none.
    let allocations: Double
    /// The same for time, in nanoseconds.
    let nanoseconds: Double
  }

  /// Six stages that do nothing: what they add to an exchange.
  func chain() throws {
    let micro = try Child("\(tools)/bench-micro", ["--chain"])
    guard let line = micro.output.next(within: 60)?.text,
      let chain = try? JSONDecoder().decode(Chain.self, from: Data(line.utf8))
    else { throw BenchProblem("bench-micro gave no result: \(micro.errors.last)") }
    report.add(Goal("heap allocations per pass-through stage", chain.allocations / 6, atMost: 0))
    guard let exchangeCost else { throw BenchProblem("there is no exchange to compare six stages with") }
    report.add(
      Goal(
        "CPU of six pass-through stages, of an exchange's", chain.nanoseconds / 1000 / exchangeCost * 100, atMost: 2,
        " %"))
  }
}
