import Foundation
import Hummingbird
package import Logging
import ServiceLifecycle
import TokenVault
import Tunnel

/// The local operations server: what probes and people ask an agent. It serves all addresses, as the Go program does.
///
/// | path | answer |
/// |---|---|
/// | `/live` | 200 as long as the process runs |
/// | `/ready` | 200 while the channel is joined, else 503 |
/// | `/health` | the state in JSON; 200 while joined, else 503 |
package struct OperationsServer: Service {
  private let agent: Agent
  private let host: String
  private let port: Int
  private let logger: Logger

  package init(agent: Agent, host: String = "0.0.0.0", port: Int, logger: Logger) {
    self.agent = agent
    self.host = host
    self.port = port
    self.logger = logger
  }

  package func run() async throws {
    let agent = agent
    let router = Router()
    router.get("live") { _, _ in "ok\n" }
    router.get("ready") { _, _ in
      Response(
        status: agent.status.phase == .up ? .ok : .serviceUnavailable,
        body: .init(byteBuffer: ByteBuffer(string: "\(agent.status.phase.rawValue)\n")))
    }
    router.get("health") { _, _ in
      let health = Health(agent)
      return Response(
        status: health.connected ? .ok : .serviceUnavailable, headers: [.contentType: "application/json"],
        body: .init(byteBuffer: health.json))
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname(host, port: port), serverName: "telephone"),
      logger: logger)
    try await application.run()
  }
}

/// The fields of the Go program's health page, and a few more.
private struct Health: Encodable {
  var status: String
  var connected: Bool
  var path_id: String
  var token_expiry: String
  var phase: String
  var in_flight: Int
  var exchanges: Int
  var connections: Int
  var last_heartbeat: String?
  var round_trip_ms: Double?
  var last_loss: String?

  init(_ agent: Agent) {
    let now = agent.status
    connected = now.phase == .up
    status = connected ? "healthy" : "unhealthy"
    path_id = agent.settings.token.pathID
    token_expiry = agent.settings.token.expiresAt.ISO8601Format()
    phase = now.phase.rawValue
    in_flight = now.inFlight
    exchanges = agent.counters.values.exchanges
    connections = now.connections
    last_heartbeat = now.lastHeartbeat?.ISO8601Format()
    round_trip_ms = now.roundTrip.map { Double($0.components.attoseconds) / 1e15 + Double($0.components.seconds) * 1e3 }
    last_loss = now.lastLoss
  }

  var json: ByteBuffer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return ByteBuffer(bytes: (try? encoder.encode(self)) ?? Data("{}".utf8))
  }
}
