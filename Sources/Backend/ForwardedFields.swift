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
  /// gateway put it there; so a chain of proxies before the gateway stays readable from its end. Without a known address
  /// the field is left out: its end would be what the client wrote. The other two are replaced, and `Forwarded` (RFC 7239)
  /// is left out, since what a client writes into them is not to be believed.
  package static func fields(for request: Request) -> HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(request.fields.count + 4)
    var connectionOptions: [String] = []
    var known: [HTTPField] = []
    for field in request.fields {
      switch field.name {
      case .contentLength, .hostField, .forwarded, .xForwardedProto, .xForwardedHost: break
      case .connection: connectionOptions += field.connectionOptions
      case .xForwardedFor: known.append(field)
      default: if !field.name.isHopByHop { fields.append(field) }
      }
    }
    if !connectionOptions.isEmpty {
      let isNamed = { (field: HTTPField) in connectionOptions.contains(field.name.canonicalName) }
      fields.removeAll(where: isNamed)
      known.removeAll(where: isNamed)
    }
    if let address = request.clientAddress {
      if let last = known.last {
        if last.lastElement != address {
          known = [HTTPField(name: .xForwardedFor, value: (known.map(\.value) + [address]).joined(separator: ", "))]
        }
        for field in known { fields.append(field) }
      } else {
        fields.append(HTTPField(name: .xForwardedFor, value: address))
      }
    }
    fields.append(proto(of: request.scheme))
    if !request.authority.isEmpty { fields.append(HTTPField(name: .xForwardedHost, value: request.authority)) }
    fields.append(viaField)
    return fields
  }

  private static func proto(of scheme: String) -> HTTPField {
    switch scheme {
    case "http": http
    case "https": https
    default: HTTPField(name: .xForwardedProto, value: scheme)
    }
  }

  // What is the same for most requests is made once.
  private static let http = HTTPField(name: .xForwardedProto, value: "http")
  private static let https = HTTPField(name: .xForwardedProto, value: "https")
  private static let viaField = HTTPField(name: .via, value: via)
}
