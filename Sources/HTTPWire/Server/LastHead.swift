import NIOHTTP1
import Synchronization

/// The codec's own head of the last request for a WebSocket; the upgrader below wants it back.
final class LastHead: Sendable {
  private let head = Mutex<HTTPRequestHead?>(nil)

  func set(_ new: HTTPRequestHead) {
    head.withLock { $0 = new }
  }

  func take() -> HTTPRequestHead? {
    head.withLock { $0.take() }
  }
}
