import BenchKit

extension Bench {
  /// Small answers, one every 5 ms, alone and beside a large download on the same line. A longer run does the same
  /// straight, to show what the machine itself adds.
  func pacedAnswers() throws {
    guard newest > 1 else { throw BenchProblem("protocol 1 carries no answer without an end") }
    let load = try load()
    let other = try self.load()
    let house = try House(self, protocol: newest)
    defer { house.stop() }

    struct Way {
      let path: String
      var house: House?
      var alone: [Figures] = []
      var beside: [Figures] = []
      var downloads: [Figures] = []
    }
    var ways = [Way(path: house.name, house: house)]
    if !isQuick { ways.insert(Way(path: "straight"), at: 0) }
    var command = LoadCommand(.paced, port: 0, target: "/small")
    command.count = 2000
    for round in 0..<(isQuick ? 1 : min(3, rounds)) {
      progress("round \(round + 1), \(ways.count * 21) s")
      for index in ways.indices {
        ways[index].alone.append(try measure(load, command, through: ways[index].house))
        try other.begin(addressed(LoadCommand(.stream, port: 0, target: "/endless"), through: ways[index].house))
        ways[index].beside.append(try measure(load, command, through: ways[index].house))
        other.stop()
        ways[index].downloads.append(Figures(try other.result()))
      }
    }
    for way in ways {
      report.add("1 KiB, one each 5 ms", "\(way.path), alone", way.alone)
      report.add("1 KiB, one each 5 ms", "\(way.path), beside a download", way.beside)
      report.add("the download beside them", way.path, way.downloads)
      if way.house != nil, let ratio = Median.ofRatios(way.beside.map(\.p99), way.alone.map(\.p99)) {
        report.add(Goal("p99 of small answers beside a download, by alone", ratio, atMost: 5))
      }
    }
  }
}
