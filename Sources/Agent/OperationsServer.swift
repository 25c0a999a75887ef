import Foundation
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import TokenVault
import Tunnel

/// The local operations server: what probes and people ask an agent. It serves all addresses, as the Go program does.
///
/// | path | answer |
/// |---|---|
/// | `/live` | 200 as long as the process runs |
/// | `/ready` | 200 while a line is joined, else 503 |
/// | `/health` | the state in JSON, of each line too; 200 while a line is joined, else 503 |
package struct OperationsServer: Service {
  private let agent: Agent
  private let host: String
  private let port: Int
  private let logger: Logger

  /// The server cannot listen: the port is taken, or not for everybody.
  package struct CannotListen: Error {
    package let sentence: String
  }

  /// - Parameter host: `nil` for all addresses, of IPv6 too where the machine has it.
  package init(agent: Agent, host: String? = nil, port: Int, logger: Logger) {
    self.agent = agent
    self.host = host ?? (Self.hasIPv6 ? "::" : "0.0.0.0")
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
    do {
      try await application.run()
    } catch let error as IOError {
      throw CannotListen(sentence: "Cannot listen on port \(port): \(error). Choose another port.")
    }
  }

  private static var hasIPv6: Bool {
    let devices = (try? System.enumerateDevices()) ?? []
    return devices.contains { $0.address?.protocol == .inet6 }
  }
}

/// The fields of the Go program's health page, and a few more; in JSON their names have underscores.
private struct Health: Encodable {
  var status: String
  var connected: Bool
  var pathId: String
  var tokenExpiry: String
  var phase: String
  var inFlight: Int
  var exchanges: Int
  var connections: Int
  var lastHeartbeat: String?
  var roundTripMs: Double?
  var lastLoss: String?
  var lines: [Line]

  /// One line of the agent, as its members of the same names are for the whole.
  struct Line: Encodable {
    var phase: String
    var `protocol`: Int?
    var inFlight: Int
    var connections: Int
    var lastHeartbeat: String?
    var roundTripMs: Double?
    var lastLoss: String?

    init(_ line: LineStatus) {
      phase = line.phase.rawValue
      `protocol` = line.protocolVersion
      inFlight = line.inFlight
      connections = line.connections
      lastHeartbeat = line.lastHeartbeat?.ISO8601Format()
      roundTripMs = line.roundTrip.map { $0 / .milliseconds(1) }
      lastLoss = line.lastLoss
    }
  }

  init(_ agent: Agent) {
    let now = agent.status
    connected = now.phase == .up
    status = connected ? "healthy" : "unhealthy"
    pathId = agent.settings.token.pathID
    tokenExpiry = agent.settings.token.expiresAt.ISO8601Format()
    phase = now.phase.rawValue
    inFlight = now.inFlight
    exchanges = agent.counters.values.exchanges
    connections = now.connections
    lastHeartbeat = now.lastHeartbeat?.ISO8601Format()
    roundTripMs = now.roundTrip.map { $0 / .milliseconds(1) }
    lastLoss = now.lastLoss
    lines = now.lines.map(Line.init)
  }

  var json: ByteBuffer {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return ByteBuffer(bytes: (try? encoder.encode(self)) ?? Data("{}".utf8))
  }
}
