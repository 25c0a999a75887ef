import Foundation
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The local operations server: what probes and people ask an agent. docs/operations.md describes it.
///
/// | path | answer |
/// |---|---|
/// | `/live`, `/livez` | 200 as long as the process runs |
/// | `/ready`, `/readyz` | 200 while a line is joined and the token has life enough, else 503 |
/// | `/health`, `/healthz` | the state in JSON, of each line too; 200 while a line is joined, else 503 |
/// | `/metrics` | metrics for Prometheus |
package struct OperationsServer: Service {
  private let pages: OperationsPages
  private let host: String
  private let port: Int
  private let logger: Logger

  /// The server cannot listen: the port is taken, or not for everybody.
  package struct CannotListen: Error {
    package let sentence: String
  }

  /// - Parameters:
  ///   - host: `nil` for all addresses, of IPv6 too where the machine has it.
  ///   - logLinesDropped: how many lines of the log were left out since the start. Default: none.
  package init(
    agent: Agent, host: String? = nil, port: Int, logger: Logger,
    logLinesDropped: @escaping @Sendable () -> Int = { 0 }
  ) {
    self.pages = OperationsPages(agent: agent, startedAt: agent.date(), logLinesDropped: logLinesDropped)
    self.host = host ?? (Self.hasIPv6 ? "::" : "0.0.0.0")
    self.port = port
    self.logger = logger
  }

  package func run() async throws {
    let pages = pages
    let application = Application(
      responder: CallbackResponder<BasicRequestContext> { request, _ in pages.answer(to: request) },
      configuration: .init(address: .hostname(host, port: port), serverName: "telephone"),
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
