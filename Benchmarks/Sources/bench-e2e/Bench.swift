import BenchKit
import Foundation

/// What all scenarios share: the programs, the one backend, a token.
final class Bench {
  let telephone: String
  /// The folder of the programs of this package.
  let tools: String
  let pipeline: String
  let protocols: [Int]
  let rounds: Int
  let isQuick: Bool
  let backend: Child
  let backendPort: Int
  let secret = "not-a-secret-for-benchmarks-on-loopback-only"
  let token: String
  var report = Report()
  /// The agent's CPU for one small exchange on the newest protocol, in microseconds, when it was measured.
  var exchangeCost: Double?

  init(telephone: String, tools: String, pipeline: String, protocols: [Int], rounds: Int, isQuick: Bool) throws {
    self.telephone = telephone
    self.tools = tools
    self.pipeline = pipeline
    self.protocols = protocols
    self.rounds = rounds
    self.isQuick = isQuick
    backend = try Child("\(tools)/bench-backend")
    backendPort = try Self.port(of: backend)
    let issue = try Child(
      telephone, ["token", "issue", "--path", "bench", "--ttl", "24h"], environment: ["TOKEN_SECRET": secret])
    guard let token = issue.output.next(within: 10)?.text, !token.isEmpty else {
      throw BenchProblem("telephone token issue gave no token: \(issue.errors.last)")
    }
    self.token = token
  }

  /// The newest protocol that is measured.
  var newest: Int { protocols.max() ?? 2 }

  /// What makes a switchboard grant that protocol and no newer one.
  func flags(forProtocol version: Int) -> [String] { ["--protocol", "\(version)"] }

  func load() throws -> LoadProcess { try LoadProcess("\(tools)/bench-load") }

  /// Two relays in a row before the backend.
  /// - Returns: the port of the first, and what must live as long as they are used.
  func relays() throws -> (port: Int, children: [Child]) {
    var (port, children): (Int, [Child]) = (backendPort, [])
    for _ in 0..<2 {
      let relay = try Child("\(tools)/floor-relay", ["\(port)"])
      port = try Self.port(of: relay)
      children.append(relay)
    }
    return (port, children)
  }

  private static func port(of child: Child) throws -> Int {
    guard let line = child.output.next(containing: "listening ", within: 10), let port = Int(line.text.dropFirst(10))
    else { throw BenchProblem("\(child.name) did not start: \(child.errors.last)") }
    return port
  }

  /// A command for the backend, straight, by another port or through a switchboard.
  func addressed(_ command: LoadCommand, through house: House?, port: Int? = nil) -> LoadCommand {
    var command = command
    command.port = house?.port ?? port ?? backendPort
    if house != nil { command.target = "/call/bench" + command.target }
    return command
  }

  /// Sends a command and samples who takes part when the measured time begins and when it ends.
  func measure(
    _ load: LoadProcess, _ command: LoadCommand, through house: House? = nil, port: Int? = nil
  ) throws -> Figures {
    let command = addressed(command, through: house, port: port)
    let taking = [load.child, house?.switchboard, house?.agent, backend]
    try load.begin(command)
    let before = taking.map { $0?.usage }
    let measurement = try load.result()
    let after = taking.map { $0?.usage }
    let spent = zip(before, after).map { before, after in
      before.flatMap { before in after.map { Double($0.processor - min(before.processor, $0.processor)) / 1000 } }
    }
    return Figures(
      measurement, load: spent[0], switchboard: spent[1], agent: spent[2], backend: spent[3],
      switchboardPeak: after[1]?.peak, agentPeak: after[2]?.peak)
  }

  func progress(_ text: String) { Output.complain("    \(text)") }

  /// Runs a scenario. What went wrong there is reported, and the next one goes on.
  func run(_ title: String, _ scenario: () throws -> Void) {
    Output.complain("  \(title) ...")
    do {
      try scenario()
    } catch {
      Output.complain("  \(title): \(error)")
      report.problems.append("\(title): \(error)")
    }
  }
}
