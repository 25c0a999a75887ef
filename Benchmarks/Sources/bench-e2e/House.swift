import BenchKit
import Foundation

/// A switchboard and an agent that is joined to it, both fresh.
final class House {
  let protocolVersion: Int
  let switchboard: Child
  let agent: Child
  /// The switchboard's.
  let port: Int
  /// From the agent's start to its word that it is joined, in milliseconds.
  let joinTime: Double

  /// - Throws: ``BenchProblem``.
  init(_ bench: Bench, protocol version: Int) throws {
    protocolVersion = version
    switchboard = try Child(
      bench.telephone,
      ["switchboard", "--listen", "127.0.0.1:0", "--answer-timeout", "10m"] + bench.flags(forProtocol: version),
      environment: ["TOKEN_SECRET": bench.secret])
    guard let line = switchboard.output.next(containing: "Listening on", within: 10),
      let port = line.text.split(separator: ":").last.flatMap({ Int($0.prefix { $0 != "/" }) })
    else { throw BenchProblem("the switchboard did not start: \(switchboard.errors.last)") }
    self.port = port
    agent = try Child(
      bench.telephone, ["run", bench.pipeline],
      environment: [
        "TELEPHONE_TOKEN": bench.token, "TOKEN_SECRET": bench.secret,
        "PLUGBOARD_URL": "ws://127.0.0.1:\(port)/telephone/websocket",
        "BACKEND_PORT": "\(bench.backendPort)", "MAX_CONCURRENT": "8192", "MAX_STREAMS": "8192",
      ])
    guard let joined = agent.errors.next(containing: "joined", within: 10) else {
      throw BenchProblem("the agent did not join: \(agent.errors.last)")
    }
    guard joined.text.contains("protocol=\(version)") else {
      throw BenchProblem("the agent did not join with protocol \(version): \(joined.text)")
    }
    joinTime = Double(joined.time - agent.startedAt) / 1e6
  }

  var name: String { "protocol \(protocolVersion)" }

  func stop() {
    agent.stop()
    switchboard.stop()
  }
}
