import HTTPTypes
import NIOHTTP1

/// Why a head is not served at all.
struct HeadRefusal: Error, Equatable {
  var status: Int
}

extension RequestHead {
  /// Checks what the decoder below lets pass: fields (RFC 9110, 5.1 and 5.5), `Host` (RFC 9112, 3.2), and
  /// framing that two readers could read in two ways (RFC 9112, 6.1 and 6.3).
  static func checked(_ raw: HTTPRequestHead, remoteAddress: String?) -> Result<RequestHead, HeadRefusal> {
    let isHTTP11 = raw.version.major == 1 && raw.version.minor >= 1
    guard let method = HTTPRequest.Method(raw.method.rawValue) else { return .failure(HeadRefusal(status: 400)) }
    guard CheckedFields.fields(raw.headers.lazy.map { ($0.name, $0.value) }) != nil else {
      return .failure(HeadRefusal(status: 400))
    }
    var fields = HTTPFields()
    var hosts: [String] = []
    for (name, value) in raw.headers {
      guard let field = CheckedFields.field(name: name, value: value) else { continue }
      if name.lowercased() == "host" {
        hosts.append(field.value)
      } else {
        fields.append(field)
      }
    }
    guard hosts.count <= 1, !isHTTP11 || hosts.count == 1 else { return .failure(HeadRefusal(status: 400)) }
    let lengths = fields[values: .contentLength]
    let codings = fields[values: .transferEncoding]
    guard lengths.isEmpty || codings.isEmpty, lengths.count <= 1 else {
      return .failure(HeadRefusal(status: 400))
    }
    if !codings.isEmpty {
      guard isHTTP11 else { return .failure(HeadRefusal(status: 400)) }
      guard codings.count == 1, codings[0].lowercased() == "chunked" else {
        return .failure(HeadRefusal(status: 501))
      }
    }
    let hasContent = !codings.isEmpty || (lengths.first.map { $0 != "0" } ?? false)
    let head = ServerRequestHead(
      method: method, target: raw.uri, authority: hosts.first ?? "", fields: fields,
      remoteAddress: remoteAddress ?? "unknown")
    let framing = Framing(
      isHTTP11: isHTTP11, keepAlive: raw.isKeepAlive,
      expectsContinue: isHTTP11 && hasContent && fields[values: .expect].contains { $0.lowercased() == "100-continue" },
      isHead: method == .head)
    return .success(
      RequestHead(
        head: head, framing: framing,
        upgrade: upgrade(in: head, isHTTP11: isHTTP11, hasContent: hasContent)))
  }

  private static func upgrade(
    in head: ServerRequestHead, isHTTP11: Bool, hasContent: Bool
  ) -> UpgradeRequest {
    if head.method == .connect { return .other }
    guard isHTTP11, CheckedFields.list(head.fields[values: .connection], contains: "upgrade"),
      !head.fields[values: .upgrade].isEmpty
    else { return .none }
    guard head.method == .get, !hasContent,
      CheckedFields.list(head.fields[values: .upgrade], contains: "websocket")
    else { return .other }
    return .webSocket
  }
}
