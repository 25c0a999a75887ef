import HTTPTypes
import TelephoneKit

/// What becomes of the trailers of a request on their way to a backend. Pure.
enum ForwardedTrailers {
  /// The trailers for the backend: without those of one connection, and without what must not be a trailer (RFC 9110,
  /// 6.5.1), since a backend that takes it for a field of the head would have it past everything that looks at a head.
  /// - Returns: `nil` if none is left.
  static func fields(_ trailers: HTTPFields?) -> HTTPFields? {
    guard var fields = trailers?.withoutHopByHop() else { return nil }
    fields.removeAll { isOfHead($0.name.canonicalName) }
    return fields.isEmpty ? nil : fields
  }

  private static func isOfHead(_ name: String) -> Bool {
    leftOut.contains(name) || name.hasPrefix("x-forwarded-") || name.hasPrefix("if-")
  }

  private static let leftOut: Set<String> = [
    // Framing and routing, and where the request comes from.
    "content-length", "forwarded", "host", "trailer", "transfer-encoding", "via",
    // What asks something of the recipient; also all that begin with "if-".
    "cache-control", "expect", "max-forwards", "pragma", "range", "te",
    // Who asks.
    "authorization", "cookie", "proxy-authorization",
    // How the content is to be read.
    "content-encoding", "content-range", "content-type",
  ]
}
