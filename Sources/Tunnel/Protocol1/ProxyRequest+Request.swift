import HTTPTypes
import NIOCore
package import TelephoneKit

extension ProxyRequest {
  /// The request as a pipeline takes it.
  ///
  /// The body is here as a whole, so `Content-Length` is its true length, and `Expect` is gone. What else becomes of the
  /// fields: ``EndToEndFields``.
  package var request: Request {
    var end = EndToEndFields(fields)
    if body.readableBytes > 0 || end.hadLength {
      end.fields.append(HTTPField(name: .contentLength, value: String(body.readableBytes)))
    }
    return Request(
      method: method, scheme: end.scheme, authority: end.authority,
      target: queryString.isEmpty ? path : "\(path)?\(queryString)", fields: end.fields, body: Body(body),
      clientAddress: end.clientAddress)
  }
}

/// What the fields of a gateway's request say to a pipeline, read in one pass.
///
/// `Host` becomes the authority. The hop-by-hop fields are left out, those too that `Connection` names (RFC 9110, 7.6.1):
/// the hop that they were for ended at the gateway. So are `Content-Length` and `Expect`, since the message came whole.
/// The client's address is the last element of `X-Forwarded-For`, which the gateway itself has added; before it stands
/// what anybody could have written.
struct EndToEndFields {
  var fields = HTTPFields()
  var authority = ""
  /// `http` or `https`: the last that `X-Forwarded-Proto` names.
  var scheme = "http"
  var clientAddress: String?
  /// Whether there was a `Content-Length`.
  var hadLength = false

  init(_ all: HTTPFields) {
    fields.reserveCapacity(all.count + 1)
    var options: [String] = []
    for field in all {
      switch field.name {
      case .hostField: authority = field.value
      case .contentLength: hadLength = true
      case .expect: continue
      case .connection: options += field.connectionOptions
      // From the fields as they came: what a client writes into `Connection` does not hide what the gateway added.
      case .xForwardedFor:
        let last = field.lastElement
        clientAddress = last.isEmpty ? nil : String(last)
        fields.append(field)
      case .xForwardedProto:
        scheme = field.lastElement.lowercased() == "https" ? "https" : "http"
        fields.append(field)
      default: if !field.name.isHopByHop { fields.append(field) }
      }
    }
    if !options.isEmpty { fields.removeAll { options.contains($0.name.canonicalName) } }
  }
}
