import HTTPTypes
import NIOCore
import Synchronization
package import TelephoneKit

/// Refuses requests whose body is too large, with 413 (RFC 9110, 15.5.14): at once where the length is known, else
/// when the octet past the limit comes. A backend that is being sent such a body sees it break off.
package struct LimitBody: RequestStage {
  package struct Options: StageOptions {
    @Option(help: "The most octets of a request's body.", range: .octets(0)...(.gibibytes(1024)))
    package var max = ByteSize.mebibytes(10)

    package init() {}
  }

  package static let name = "limit-body"
  package static let summary = "Refuses requests whose body is too large."
  package static let answers = [
    StageAnswer(413, "body-too-large", "the body is larger than max, by its Content-Length or by count")
  ]

  private let limit: ByteSize

  package init(_ options: Options, _ context: StageContext) { limit = options.max }

  package func process(_ exchange: Exchange) async throws -> Decision {
    let body = exchange.request.body
    if let length = body.length, length > limit.octets { throw refusal(exchange) }
    if let field = exchange.request.fields.first(where: { $0.name == .contentLength }), exceeds(field.value) {
      throw refusal(exchange)
    }
    if !body.isUnreadMemory {
      exchange.request.body = Body(
        length: body.length, source: CountedBody(inner: body, limit: limit.octets, refusal: refusal(exchange)))
    }
    return .proceed
  }

  private func refusal(_ exchange: Exchange) -> Refusal {
    Refusal(
      status: .contentTooLarge, code: "body-too-large", "The request's body is larger than \(limit.text).",
      decidedBy: exchange.step)
  }

  /// Whether a `Content-Length` is past the limit; one that no integer holds is.
  private func exceeds(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    return Int(text).map { $0 > limit.octets } ?? true
  }
}

/// A body that throws when more came than it may have.
private final class CountedBody: BodySource {
  private let inner: Body
  private let limit: Int
  private let refusal: Refusal
  private let count = Mutex(0)

  init(inner: Body, limit: Int, refusal: Refusal) {
    self.inner = inner
    self.limit = limit
    self.refusal = refusal
  }

  func read() async throws -> BodyPart {
    guard let bytes = try await inner.next() else { return .end(trailers: inner.trailers) }
    let isTooLarge = count.withLock { count in
      count += bytes.readableBytes
      return count > limit
    }
    guard !isTooLarge else {
      await inner.close()
      throw refusal
    }
    return .bytes(bytes)
  }

  func close() async { await inner.close() }
}
