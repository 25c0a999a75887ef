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
    var known: [HTTPField] = []
    var fields = request.fields
    // Most requests have none that does not go on as it is.
    if fields.contains(where: { isOurs($0.name) }) {
      (fields, known) = parts(of: fields)
    }
    fields.reserveCapacity(fields.count + known.count + 4)
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

  /// Those that go on as they are, and those of `X-Forwarded-For`.
  private static func parts(of all: HTTPFields) -> (plain: HTTPFields, known: [HTTPField]) {
    var plain = HTTPFields()
    plain.reserveCapacity(all.count)
    var connectionOptions: [String] = []
    var known: [HTTPField] = []
    for field in all {
      switch field.name {
      case .connection: connectionOptions += field.connectionOptions
      case .xForwardedFor: known.append(field)
      default: if !isOurs(field.name) { plain.append(field) }
      }
    }
    if !connectionOptions.isEmpty {
      let isNamed = { (field: HTTPField) in connectionOptions.contains(field.name.canonicalName) }
      plain.removeAll(where: isNamed)
      known.removeAll(where: isNamed)
    }
    return (plain, known)
  }

  /// Whether a field of this name is not passed on as it is.
  private static func isOurs(_ name: HTTPField.Name) -> Bool {
    // By length first: most names are compared with nothing then.
    switch name.canonicalName.utf8.count {
    case 4 where name == .hostField, 9 where name == .forwarded, 14 where name == .contentLength,
      15 where name == .xForwardedFor, 16 where name == .xForwardedHost, 17 where name == .xForwardedProto:
      true
    default: name.isHopByHop
    }
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
