/// What an agent's health page counts, in part.
struct AgentCounts: Codable, Sendable, Equatable {
  struct Line: Codable, Sendable, Equatable {
    var phase: String
  }

  var phase = ""
  var inFlight = 0
  var exchanges = 0
  var delivered = 0
  var refused = 0
  var abandoned = 0
  var failed = 0
  /// The times that a line was up.
  var connections = 0
  var lines: [Line] = []
  var losses: [String: Int]?

  /// Those that ended, in whatever way.
  var ended: Int { delivered + refused + abandoned + failed }

  /// Whether every line is up.
  var isUp: Bool { !lines.isEmpty && lines.allSatisfy { $0.phase == "up" } }

  /// What was counted since then.
  func since(_ earlier: AgentCounts) -> AgentCounts {
    var counts = self
    counts.exchanges -= earlier.exchanges
    counts.delivered -= earlier.delivered
    counts.refused -= earlier.refused
    counts.abandoned -= earlier.abandoned
    counts.failed -= earlier.failed
    counts.connections -= earlier.connections
    return counts
  }
}

extension AgentCounts {
  /// The counts of an earlier agent and of this one, whose state it is.
  static func + (earlier: AgentCounts, now: AgentCounts) -> AgentCounts {
    var sum = now
    sum.exchanges += earlier.exchanges
    sum.delivered += earlier.delivered
    sum.refused += earlier.refused
    sum.abandoned += earlier.abandoned
    sum.failed += earlier.failed
    sum.connections += earlier.connections
    return sum
  }
}
