package import Foundation
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The local operations server: what probes and people ask an agent. docs/operations.md describes it.
///
/// | path | answer |
/// |---|---|
/// | `/live`, `/livez` | 200 as long as the process runs |
/// | `/ready`, `/readyz` | 200 while a line is joined and the token has life enough, else 503 |
/// | `/health`, `/healthz` | the state in JSON, of each line too; 200 while a line is joined, else 503 |
/// | `/metrics` | metrics for Prometheus |
package struct OperationsServer: Service {
  /// Connections at once. The next ones wait: whoever opens thousands must not take the file descriptors of the lines.
  package static let mostConnections = 64
  /// NIO takes up to four new connections before it asks the limit again.
  private static let connectionsTakenAtOnce = 4
  /// A connection on which nothing happens for so long is closed. Prometheus keeps one from scrape to scrape.
  private static let idleTimeout = TimeAmount.seconds(120)

  private let pages: OperationsPages
  private let host: String?
  private let port: Int
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) -> Void

  /// The server cannot listen: the address is taken, is not of this machine, or not for everybody.
  package struct CannotListen: Error {
    package let sentence: String
  }

  /// - Parameters:
  ///   - agent: `nil` as long as it is waited for: then the process lives, and is not ready.
  ///   - startedAt: when the process began. Default: now.
  ///   - host: `nil` for all addresses, of IPv6 too where the machine has it.
  ///   - port: 0: the system chooses.
  ///   - logLinesDropped: how many lines of the log were left out since the start. Default: none.
  ///   - onListening: called once, when the server takes connections.
  package init(
    agent: @autoclosure @escaping @Sendable () -> Agent?, startedAt: Date = Date(), host: String? = nil, port: Int,
    logger: Logger,
    logLinesDropped: @escaping @Sendable () -> Int = { 0 },
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.pages = OperationsPages(agent: agent, startedAt: startedAt, logLinesDropped: logLinesDropped)
    self.host = host
    self.port = port
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until the task is cancelled, or its service group shuts down.
  /// - Throws: ``CannotListen``; nothing was served then.
  package func run() async throws {
    let (pages, port, onListening) = (pages, port, onListening)
    let isListening = Mutex(false)
    let application = Application(
      responder: CallbackResponder<BasicRequestContext> { request, _ in pages.answer(to: request) },
      server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
      configuration: .init(
        address: .hostname(host ?? (Self.hasIPv6 ? "::" : "0.0.0.0"), port: port), serverName: "telephone",
        availableConnectionsDelegate: .maximum(
          Self.mostConnections - (Self.connectionsTakenAtOnce - 1), logger: logger)),
      onServerRunning: { channel in
        isListening.withLock { $0 = true }
        onListening(channel.localAddress?.port ?? port)
      },
      logger: logger)
    do {
      try await application.run()
    } catch {
      guard !isListening.withLock({ $0 }), let reason = Self.reason(error) else { throw error }
      throw CannotListen(sentence: "Cannot listen on \(place): \(reason). Choose another address or port.")
    }
  }

  private var place: String {
    guard let host else { return "port \(port)" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// - Returns: `nil` for an error that says nothing of the address.
  private static func reason(_ error: any Error) -> String? {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode))
    case is SocketAddressError, is SocketAddressError.UnknownHost: "there is no such address"
    default: nil
    }
  }

  private static var hasIPv6: Bool {
    let devices = (try? System.enumerateDevices()) ?? []
    return devices.contains { $0.address?.protocol == .inet6 }
  }
}
