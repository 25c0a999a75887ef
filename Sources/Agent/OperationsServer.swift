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
