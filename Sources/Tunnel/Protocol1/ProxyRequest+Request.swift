import HTTPTypes
import NIOCore
package import TelephoneKit

extension ProxyRequest {
  /// The request as a pipeline takes it.
  ///
  /// `Host` becomes the authority. The body is here as a whole, so `Content-Length` is its true length, and
  /// `Transfer-Encoding` and `Expect` are gone. The client's address is the last element of `X-Forwarded-For`, which the
  /// gateway itself has added; before it stands what anybody could have written.
  package var request: Request {
    var fields = fields
    let authority = fields[values: .hostField].last ?? ""
    for name in [.hostField, .transferEncoding, .expect, .connection, .contentLength] as [HTTPField.Name] {
      fields[name] = nil
    }
    if body.readableBytes > 0 || self.fields[.contentLength] != nil {
      fields[.contentLength] = String(body.readableBytes)
    }
    let scheme = fields[values: .xForwardedProto].last.flatMap { Self.lastElement($0) }
    return Request(
      method: method, scheme: scheme == "https" ? "https" : "http", authority: authority,
      target: queryString.isEmpty ? path : "\(path)?\(queryString)", fields: fields, body: Body(body),
      clientAddress: fields[values: .xForwardedFor].last.flatMap(Self.lastElement))
  }

  private static func lastElement(_ list: String) -> String? {
    let element = list.split(separator: ",", omittingEmptySubsequences: false).last.map {
      String($0).trimmingOptionalWhitespace
    }
    return element?.isEmpty == false ? element : nil
  }
}
