package import HTTPTypes
package import TelephoneKit

/// What becomes of the fields of a request on their way to a backend. Pure.
package enum ForwardedFields {
  /// What this program calls itself in `Via` (RFC 9110, 7.6.3).
  package static let via = "1.1 telephone"

  /// The fields for the backend: without those of one connection, without `Host` and `Content-Length` (which the
  /// transport sets), with `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `Via`.
  ///
  /// The client's address is appended to `X-Forwarded-For`, unless it stands at its end already: on protocol 1 the
  /// gateway put it there. The other two are replaced, since what a client writes into them is not to be believed.
  package static func fields(for request: Request) -> HTTPFields {
    var fields = HTTPFields(
      request.fields.withoutHopByHop().lazy.filter { field in
        field.name != .contentLength && field.name != .hostField
      })
    if let address = request.clientAddress {
      let known = fields[values: .xForwardedFor].joined(separator: ",").split(separator: ",").map { element in
        String(element.filter { $0 != " " && $0 != "\t" })
      }
      if known.last != address {
        fields[values: .xForwardedFor] = [(known + [address]).joined(separator: ", ")]
      }
    }
    fields[values: .xForwardedProto] = [request.scheme]
    fields[values: .xForwardedHost] = request.authority.isEmpty ? [] : [request.authority]
    fields.append(HTTPField(name: .via, value: via))
    return fields
  }
}
