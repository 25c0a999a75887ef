import BenchKit
import Foundation

extension Bench {
  /// 5,000 event streams of which nothing comes: what each costs the agent.
  func idleStreams() throws {
    let count = 5000
    guard newest > 1 else { throw BenchProblem("protocol 1 carries no answer without an end") }
    let load = try load()
    let house = try House(self, protocol: newest)
    defer { house.stop() }
    // What a first request brings into memory is no part of a stream's cost.
    var warmUp = LoadCommand(.requests, port: 0, target: "/small")
    warmUp.seconds = 0.5
    _ = try measure(load, warmUp, through: house)
    Thread.sleep(forTimeInterval: 0.5)
    let before = house.agent.usage.resident
    var command = LoadCommand(.idle, port: 0, target: "/idle")
    command.count = count
    try load.begin(addressed(command, through: house))
    Thread.sleep(forTimeInterval: 1)
    let after = house.agent.usage
    load.stop()
    let measurement = try load.result()
    guard measurement.requests == count else { throw BenchProblem("only \(measurement.requests) streams opened") }
    report.add(
      Goal(
        "memory of an idle stream in the agent, \(house.name)",
        Double(max(0, after.resident - before)) / 1024 / Double(count), atMost: 20, " KiB"))
  }

  /// How much an agent holds that has nothing to do, and how long it takes to be there.
  func idleAgent() throws {
    var residents: [Double] = []
    var joins: [Double] = []
    for _ in 0..<5 {
      let house = try House(self, protocol: newest)
      defer { house.stop() }
      Thread.sleep(forTimeInterval: 2)
      residents.append(Double(house.agent.usage.resident) / 1_048_576)
      joins.append(house.joinTime)
    }
    if let resident = Median.of(residents) {
      report.add(Goal("memory of an idle agent", resident, atMost: 15, " MiB"))
    }
    if let join = Median.of(joins) {
      report.add(Goal("from an agent's start to joined", join, atMost: 60, " ms"))
    }
  }
}
