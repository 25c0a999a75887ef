import HTTPTypes
import NIOCore
package import TelephoneKit

extension ProxyRequest {
  /// The request as a pipeline takes it.
  ///
  /// `Host` becomes the authority. The body is here as a whole, so `Content-Length` is its true length, and `Expect` is
  /// gone. So are the hop-by-hop fields, those too that `Connection` names (RFC 9110, 7.6.1): the hop that they were for
  /// ended at the gateway. The client's address is the last element of `X-Forwarded-For`, which the gateway itself has
  /// added; before it stands what anybody could have written.
  package var request: Request {
    var fields = fields.withoutHopByHop()
    for name in [.hostField, .contentLength, .expect] as [HTTPField.Name] { fields[name] = nil }
    if body.readableBytes > 0 || self.fields[.contentLength] != nil {
      fields[.contentLength] = String(body.readableBytes)
    }
    // From the fields as they came: what a client writes into `Connection` does not hide what the gateway added.
    let scheme = self.fields[values: .xForwardedProto].last.flatMap(Self.lastElement)?.lowercased()
    return Request(
      method: method, scheme: scheme == "https" ? "https" : "http", authority: self.fields[.hostField] ?? "",
      target: queryString.isEmpty ? path : "\(path)?\(queryString)", fields: fields, body: Body(body),
      clientAddress: self.fields[values: .xForwardedFor].last.flatMap(Self.lastElement))
  }

  private static func lastElement(_ list: String) -> String? {
    let element = list.split(separator: ",", omittingEmptySubsequences: false).last.map {
      String($0).trimmingOptionalWhitespace
    }
    return element?.isEmpty == false ? element : nil
  }
}
