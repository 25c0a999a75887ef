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
    var fields = HTTPFields()
    fields.reserveCapacity(request.fields.count + 4)
    var known: [String] = []
    for field in request.fields.withoutHopByHop() {
      switch field.name {
      case .contentLength, .hostField, .xForwardedProto, .xForwardedHost: break
      case .xForwardedFor: known.append(field.value)
      default: fields.append(field)
      }
    }
    if let address = request.clientAddress, lastElement(of: known) != address {
      known = [(elements(of: known) + [address]).joined(separator: ", ")]
    }
    for value in known { fields.append(HTTPField(name: .xForwardedFor, value: value)) }
    fields.append(HTTPField(name: .xForwardedProto, value: request.scheme))
    if !request.authority.isEmpty { fields.append(HTTPField(name: .xForwardedHost, value: request.authority)) }
    fields.append(HTTPField(name: .via, value: via))
    return fields
  }

  private static func elements(of values: [String]) -> [String] {
    values.joined(separator: ",").split(separator: ",").map { element in
      String(element.filter { $0 != " " && $0 != "\t" })
    }
  }

  private static func lastElement(of values: [String]) -> String? { values.isEmpty ? nil : elements(of: values).last }
}
