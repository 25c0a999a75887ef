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

  private struct State {
    /// Counts the connections, so that what comes late of an earlier one is known as that.
    var number = 0
    var connection: ClientConnection?
    /// Whether the exchange on it is over, and it takes another one.
    var isFree = false
  }

  private let port: Int
  private let state = Mutex(State())

  init(port: Int) { self.port = port }

  /// - Throws: ``Unreachable``.
  func start(_ request: ClientRequest) async throws -> ClientExchange {
    let (kept, left) = state.withLock { state -> (ClientConnection?, ClientConnection?) in
      defer { state.isFree = false }
      return state.isFree ? (state.connection, nil) : (nil, state.connection.take())
    }
    if let kept { return kept.start(request) }
    left?.close()
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    do {
      let attempt = ConnectAttempt(
        to: .tcp(host: "127.0.0.1", port: port), on: MultiThreadedEventLoopGroup.singleton.any(), tls: nil,
        timeout: .seconds(2), clock: ContinuousClock(),
        onFree: { [weak self] in self?.change(number) { $0.isFree = true } },
        onClosed: { [weak self] in
          self?.change(number) {
            $0.connection = nil
            $0.isFree = false
          }
        })
      let connection = try await attempt.connection()
      state.withLock { $0.connection = connection }
      return connection.start(request)
    } catch {
      throw Unreachable()
    }
  }

  private func change(_ number: Int, _ work: (inout State) -> Void) {
    state.withLock { if $0.number == number { work(&$0) } }
  }

  /// The next exchange makes a new connection.
  func close() {
    state.withLock { state in
      state.isFree = false
      return state.connection.take()
    }?.close()
  }
}
