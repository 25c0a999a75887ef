import NIOCore
import Synchronization
import TelephoneKit

/// What the stages of a test see of each exchange, by its id, until its result is made.
final class ExchangeLog: Sendable {
  struct Entry: Sendable {
    var requestAtBackend: Request?
    var values = ExchangeValues()
  }

  private let entries = Mutex<[String: Entry]>([:])

  /// - Parameter body: what was read of the request's body. The runner closes the exchange's own, so the log keeps another.
  func backendCalled(_ exchange: Exchange, body: ByteBuffer? = nil) {
    var request = exchange.request
    if let body { request.body = Body(body, trailers: exchange.request.body.trailers) }
    let (id, values) = (exchange.id, exchange.values)
    entries.withLock { [request] in $0[id] = Entry(requestAtBackend: request, values: values) }
  }

  func emitting(_ exchange: Exchange) {
    entries.withLock { $0[exchange.id, default: Entry()].values = exchange.values }
  }

  func take(_ id: String) -> Entry {
    entries.withLock { $0.removeValue(forKey: id) } ?? Entry()
  }
}
