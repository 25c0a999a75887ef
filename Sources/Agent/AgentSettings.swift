package import TokenVault
package import Tunnel

/// What an agent is told when it is made.
package struct AgentSettings: Sendable {
  /// The gateway's socket, without the token: `ws://127.0.0.1:4000/telephone/websocket`.
  package var gateway: String
  package var token: AgentToken
  /// For the dial: connecting and TLS, and again for the upgrade. Default 10 s.
  package var connectTimeout: Duration = .seconds(10)
  /// Between two heartbeats; each must be answered within half of it. Default 30 s.
  package var heartbeatInterval: Duration = .seconds(30)
  package var backoff = Backoff()
  /// Failed attempts in a row, on every line, after which the agent gives up; -1: never. Default -1.
  package var maxRetries = -1
  /// Sockets to the gateway, each joined, from 1 to 8. Default 1.
  package var lines = 1
  /// Exchanges at once on each line of protocol 2, from 1 to 2^20. Default 1024.
  package var maxStreams = 1024
  package var protocol1 = Protocol1Settings()
  /// How long running exchanges may go on after a stop was asked for. Default 30 s.
  package var shutdownGrace: Duration = .seconds(30)
  /// A CA file in PEM to trust for `wss` instead of the system's.
  package var caFile: String?

  package init(gateway: String, token: AgentToken) {
    self.gateway = gateway
    self.token = token
  }
}
