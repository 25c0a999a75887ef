import Agent
import Foundation

extension AgentStatus {
  /// What the agent does, for a person who looks at a service: no secret, and no more than a line.
  var sentence: String {
    let up = lines.count { $0.phase == .up }
    switch phase {
    case .up: return "Joined, \(up) of \(lines.count) lines."
    case .stopping, .draining: return "Draining, \(inFlight) exchanges run."
    case .stopped: return "Stopped."
    case .idle: return "Starting."
    case .dialing, .joining, .backingOff:
      guard let lastLoss else { return "Dialing the gateway." }
      let retryAt = lines.compactMap(\.retryAt).min().map { " Next attempt at \($0.ISO8601Format())." }
      return "Not joined: \(lastLoss.sentence)" + (phase == .backingOff ? retryAt ?? "" : "")
    }
  }
}
