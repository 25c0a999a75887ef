import BenchKit

extension Bench {
  /// 1 KiB answers, 64 in flight: straight, by the floors, by either protocol; and 1,000 in flight by async-http-client, to
  /// show what so many cost on this machine, and by the newest protocol. The rounds of all are interleaved, each begins with
  /// another.
  func smallAnswers() throws {
    let load = try load()
    let ahc = try LoadProcess("\(tools)/floor-ahc")
    let niohttp1 = try LoadProcess("\(tools)/floor-niohttp1")
    let houses = try protocols.map { try House(self, protocol: $0) }
    let crowded = try House(self, protocol: newest)
    defer { for house in houses + [crowded] { house.stop() } }

    struct Way {
      let scenario: String
      let path: String
      let load: LoadProcess
      var house: House?
      var count = 64
      var runs: [Figures] = []
    }
    let usual = "1 KiB, 64 in flight"
    var ways = [
      Way(scenario: usual, path: "straight", load: load),
      Way(scenario: usual, path: "NIOHTTP1", load: niohttp1),
      Way(scenario: usual, path: "async-http-client", load: ahc),
    ]
    ways += houses.map { Way(scenario: usual, path: $0.name, load: load, house: $0) }
    let crowd = "1 KiB, 1,000 in flight"
    ways.append(Way(scenario: crowd, path: "async-http-client", load: ahc, count: 1000))
    ways.append(Way(scenario: crowd, path: crowded.name, load: load, house: crowded, count: 1000))

    for round in 0..<rounds {
      progress("round \(round + 1) of \(rounds)")
      for turn in ways.indices {
        let index = (turn + round) % ways.count
        var command = LoadCommand(.requests, port: 0, target: "/small")
        command.count = ways[index].count
        command.warmUp = round == 0 ? 1 : 0.4
        command.seconds = isQuick ? 2 : 4
        ways[index].runs.append(try measure(ways[index].load, command, through: ways[index].house))
      }
    }
    for way in ways { report.add(way.scenario, way.path, way.runs) }

    let floor = ways[2].runs.map(\.load)
    for way in ways where way.house != nil && way.count == 64 {
      guard let ratio = Median.ofRatios(way.runs.map(\.agent), floor) else { continue }
      report.add(
        Goal(
          "agent's CPU per request, \(way.path), by async-http-client's", ratio,
          atMost: way.house?.protocolVersion == 1 ? 1.0 : 0.8))
      if way.house?.protocolVersion == newest, let crowd = ways.last,
        let growth = Median.ofRatios(crowd.runs.map(\.agent), way.runs.map(\.agent))
      {
        report.add(Goal("agent's CPU per request, \(way.path), 1,000 in flight by 64", growth, atMost: 1.5))
      }
      exchangeCost = Median.of(way.runs.compactMap(\.agent))
    }
  }
}
