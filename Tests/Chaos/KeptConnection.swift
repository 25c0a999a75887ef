import HTTPTypes
import HTTPWire
import NIOCore
import NIOPosix
import Synchronization

/// A client's connection to one port, which is kept from one exchange to the next and made anew when it was closed. One
/// task uses it.
final class KeptConnection: Sendable {
  /// There is no connection.
  struct Unreachable: Error {}

  private let port: Int
  private let current = Mutex<ClientConnection?>(nil)

  init(port: Int) { self.port = port }

  /// - Throws: ``Unreachable``.
  func start(_ request: ClientRequest) async throws -> ClientExchange {
    if let open = current.withLock({ $0 }) { return open.start(request) }
    do {
      let attempt = ConnectAttempt(
        to: .tcp(host: "127.0.0.1", port: port), on: MultiThreadedEventLoopGroup.singleton.any(), tls: nil,
        timeout: .seconds(2), clock: ContinuousClock(), onFree: {}, onClosed: { [weak self] in self?.drop() })
      let connection = try await attempt.connection()
      current.withLock { $0 = connection }
      return connection.start(request)
    } catch {
      throw Unreachable()
    }
  }

  /// The next exchange makes a new connection.
  func close() { drop()?.close() }

  @discardableResult
  private func drop() -> ClientConnection? { current.withLock { $0.take() } }
}
