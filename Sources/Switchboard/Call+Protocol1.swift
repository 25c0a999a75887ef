import HTTPTypes
import HTTPWire
import NIOCore
import TelephoneKit
import Tunnel

/// What protocol 1 needs of a call: the body whole, and the client's address in a field.
extension Call {
  /// The whole body; one that says itself that it is too large is not asked for.
  /// - Parameter held: takes what the body holds.
  /// - Throws: a ``Refusal``: 413 for one that is too large, 408 for one that takes too long, 503 when all bodies together
  ///   are too much; a `ServerBodyError`.
  func wholeBody(_ held: HeldOctets) async throws -> ByteBuffer {
    let tooLarge = Refusal(
      status: .contentTooLarge, code: "body-too-large",
      "This gateway takes bodies of at most \(settings.maxBody) octets.")
    if let length = request.head.fields[.contentLength].flatMap({ Int($0) }), length > settings.maxBody {
      throw tooLarge
    }
    guard request.hasContent else { return ByteBuffer() }
    do {
      return try await withDeadline(settings.bodyTimeout, clock: clock) { [request, settings] in
        var whole = ByteBuffer()
        while let part = try await request.body.next() {
          guard whole.readableBytes + part.readableBytes <= settings.maxBody else { throw tooLarge }
          guard held.take(part.readableBytes) else { throw Self.tooManyBodies }
          if whole.readableBytes == 0 { whole = part } else { whole.writeImmutableBuffer(part) }
        }
        return whole
      }
    } catch is DeadlineExceeded {
      throw Refusal(
        status: .requestTimeout, code: "body-timeout",
        "The request's body did not come within \(settings.bodyTimeout.text).")
    }
  }

  private static let tooManyBodies = Refusal(
    status: .serviceUnavailable, code: "too-many-bodies", "Too many bodies are held here. Try again.",
    fields: [.retryAfter: "1"])

  /// The fields as received, with the client's address at the end of `X-Forwarded-For`.
  func protocol1Fields() -> HTTPFields {
    var fields = request.head.fields.withoutHopByHop()
    fields[.expect] = nil
    fields[.hostField] = request.head.authority
    let before = fields[fields: .xForwardedFor].compactMap(\.text)
    fields[.xForwardedFor] = (before + [request.head.remoteAddress]).joined(separator: ", ")
    fields[.xForwardedProto] = "http"
    return fields
  }
}
