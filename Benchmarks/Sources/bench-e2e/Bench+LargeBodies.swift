import BenchKit

extension Bench {
  /// One large answer, and one large upload: straight, by two bare relays, and by either protocol. Protocol 1 holds a body
  /// in memory, so its bodies are smaller, and it has no goal.
  func largeBodies(_ kind: LoadCommand.Kind) throws {
    let size = 1 << 30
    let smaller = 32 << 20
    let word = kind == .upload ? "upload" : "answer"
    let load = try load()
    let houses = try protocols.map { try House(self, protocol: $0) }
    defer { for house in houses { house.stop() } }

    let relays = try relays()

    var straight: [Figures] = []
    var relayed: [Figures] = []
    var through: [[Figures]] = houses.map { _ in [] }
    for round in 0..<(isQuick ? min(2, rounds) : rounds) {
      progress("round \(round + 1), 1 GiB each")
      straight.append(try measure(load, transfer(kind, size)))
      relayed.append(try measure(load, transfer(kind, size), port: relays.port))
      for (index, house) in houses.enumerated() {
        let octets = house.protocolVersion == 1 ? smaller : size
        through[index].append(try measure(load, transfer(kind, octets), through: house))
      }
    }
    withExtendedLifetime(relays.children) {}
    report.add("1 GiB \(word)", "straight", straight)
    report.add("1 GiB \(word)", "two bare relays", relayed)
    for (house, runs) in zip(houses, through) {
      report.add(house.protocolVersion == 1 ? "32 MiB \(word)" : "1 GiB \(word)", house.name, runs)
      guard house.protocolVersion > 1, let figures = Figures(medianOf: runs) else { continue }
      let name = "1 GiB \(word), \(house.name)"
      report.add(Goal("\(name): agent's peak memory", Double(figures.agentPeak ?? 0) / 1_048_576, atMost: 64, " MiB"))
      report.add(
        Goal("\(name): switchboard's peak memory", Double(figures.switchboardPeak ?? 0) / 1_048_576, atMost: 64, " MiB")
      )
      if let ratio = Median.ofRatios(runs.map(\.mebibytesPerSecond), straight.map(\.mebibytesPerSecond)) {
        report.add(Goal("\(name): rate by a straight one's", ratio, atLeast: 0.15))
      }
    }
  }

  private func transfer(_ kind: LoadCommand.Kind, _ octets: Int) -> LoadCommand {
    var command = LoadCommand(kind, port: 0, target: kind == .upload ? "/sink" : "/bytes/\(octets)")
    command.octets = octets
    return command
  }
}
