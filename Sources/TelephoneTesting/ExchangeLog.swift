import Synchronization
import TelephoneKit

/// What the stages of a test see of each exchange, by its id, until its result is made.
final class ExchangeLog: Sendable {
  struct Entry: Sendable {
    var requestAtBackend: Request?
    var values = ExchangeValues()
  }

  private let entries = Mutex<[String: Entry]>([:])

  func backendCalled(_ exchange: Exchange) {
    entries.withLock { entries in
      entries[exchange.id, default: Entry()].requestAtBackend = exchange.request
      entries[exchange.id, default: Entry()].values = exchange.values
    }
  }

  func emitting(_ exchange: Exchange) {
    entries.withLock { $0[exchange.id, default: Entry()].values = exchange.values }
  }

  func take(_ id: String) -> Entry {
    entries.withLock { $0.removeValue(forKey: id) } ?? Entry()
  }
}
