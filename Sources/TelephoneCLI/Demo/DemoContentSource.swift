import Synchronization
import TelephoneKit

/// ``DemoContent`` as the body of a request.
final class DemoContentSource: BodySource {
  private let content = Mutex(DemoContent())

  func read() async throws -> BodyPart {
    content.withLock { $0.next() }.map(BodyPart.bytes) ?? .end(trailers: nil)
  }
}
