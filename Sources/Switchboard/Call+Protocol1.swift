import HTTPTypes
import HTTPWire
import NIOCore
import TelephoneKit
import Tunnel

/// What protocol 1 needs of a call: the body whole, and the client's address in a field.
extension Call {
  /// The whole body; one that says itself that it is too large is not asked for.
  func wholeBody() async throws -> ByteBuffer {
    let tooLarge = Refusal(
      status: .contentTooLarge, code: "body-too-large",
      "This gateway takes bodies of at most \(settings.maxBody) octets.")
    if let length = request.head.fields[.contentLength].flatMap({ Int($0) }), length > settings.maxBody {
      throw tooLarge
    }
    guard let body = try await request.body.collect(upTo: settings.maxBody) else { throw tooLarge }
    return body
  }

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
