package import Tunnel

/// What an agent is told when it is made.
package struct AgentSettings: Sendable {
  /// The gateway's socket, without the token: `ws://127.0.0.1:4000/telephone/websocket`.
  package var gateway: String
  /// For the dial: connecting, TLS and the upgrade, and the join; for each alone. Default 10 s. See ``stepTimeout``.
  package var connectTimeout: Duration = .seconds(10)
  /// Between two heartbeats. Default 30 s.
  package var heartbeatInterval: Duration = .seconds(30)
  /// For the answer to each heartbeat; one that is late ends the socket. Default: half of the interval.
  package var heartbeatTimeout: Duration?
  package var backoff = Backoff()
  /// How long a line must have been up for its backoff to begin anew and its next dial to be made at once. Default 30 s.
  package var settledAfter: Duration = .seconds(30)
  /// The wait after the gateway refused the token, to which up to a tenth is added. Default 5 min.
  package var refusedTokenWait: Duration = .seconds(300)
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

  package init(gateway: String) { self.gateway = gateway }

  /// How long connecting, the upgrade and the join may take, each: ``connectTimeout``, but not longer than a gateway that
  /// says nothing is borne when the line is up.
  package var stepTimeout: Duration {
    min(connectTimeout, heartbeatInterval + (heartbeatTimeout ?? heartbeatInterval / 2))
  }

  package var terms: LineMachine.Terms {
    LineMachine.Terms(
      heartbeatInterval: heartbeatInterval, heartbeatTimeout: heartbeatTimeout, grace: shutdownGrace)
  }

  package var plan: RetryPlan {
    RetryPlan(backoff: backoff, settledAfter: settledAfter, refusedTokenWait: refusedTokenWait)
  }
}
