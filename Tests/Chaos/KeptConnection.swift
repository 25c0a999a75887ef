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
  private let current = Mutex<(number: Int, connection: ClientConnection?)>((0, nil))

  init(port: Int) { self.port = port }

  /// - Throws: ``Unreachable``.
  func start(_ request: ClientRequest) async throws -> ClientExchange {
    if let open = current.withLock({ $0.connection }) { return open.start(request) }
    let number = current.withLock { current in
      current.number += 1
      return current.number
    }
    do {
      let attempt = ConnectAttempt(
        to: .tcp(host: "127.0.0.1", port: port), on: MultiThreadedEventLoopGroup.singleton.any(), tls: nil,
        timeout: .seconds(2), clock: ContinuousClock(), onFree: {}, onClosed: { [weak self] in self?.forget(number) })
      let connection = try await attempt.connection()
      current.withLock { $0.connection = connection }
      return connection.start(request)
    } catch {
      throw Unreachable()
    }
  }

  /// A connection is closed. It may be an earlier one, whose end took its time.
  private func forget(_ number: Int) {
    current.withLock { if $0.number == number { $0.connection = nil } }
  }

  /// The next exchange makes a new connection.
  func close() { current.withLock { $0.connection.take() }?.close() }
}
