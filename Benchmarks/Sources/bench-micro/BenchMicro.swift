import ArgumentParser
import Foundation

/// `bench-micro`
@main
struct BenchMicro: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-micro",
    abstract: "Measure parts of telephone by themselves: time and heap allocations.",
    discussion: """
      Each figure is the best of several batches: nanoseconds of this process's CPU, and heap allocations, for one
      operation. Nothing else should run.

      EXAMPLES:
        bench-micro
        bench-micro --only serializer
        bench-micro --chain
        bench-micro --tests
      """)

  @Option(help: "Only those whose name holds this text.")
  var only = ""

  @Flag(help: "Print what six pass-through stages add to an exchange, as JSON.")
  var chain = false

  @Flag(help: "Print how many simple tests of a pipeline are run in a second, as JSON.")
  var tests = false

  func run() async throws {
    if tests {
      print("{\"tests-per-second\": \(Int(try await RehearsalBench.casesPerSecond()))}")
      return
    }
    var suite = Suite(filter: chain ? "" : only)
    if chain {
      try await suite.stages(ChainBench.all)
      guard let bare = suite.results.first, let six = suite.results.last else { return }
      // Batches share a few allocations of the runtime: hundredths of one are none.
      let allocations = ((six.allocations - bare.allocations) * 100).rounded() / 100
      print("{\"allocations\": \(max(0, allocations)), \"nanoseconds\": \(max(0, six.nanoseconds - bare.nanoseconds))}")
      return
    }
    try await suite.stages(ChainBench.all + StageBench.all)
    try SerializerBench.run(in: &suite)
    try TunnelBench.run(in: &suite)
    suite.print()
  }
}
