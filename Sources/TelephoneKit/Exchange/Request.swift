public import HTTPTypes

/// A request on its way to the backend (RFC 9110, 3.4).
///
/// The method token, the target, the authority and the fields are as the client sent them until a stage changes them.
public struct Request: Sendable {
  /// The method token, also one that no RFC names.
  public var method: HTTPRequest.Method
  /// `http` or `https`: how the client spoke to the gateway.
  public var scheme: String
  /// What the client put into `Host`; empty if it is not known.
  public var authority: String
  /// Path and query as received: `/a/b?x=1`. Octets are carried as they are.
  public var target: String
  /// The header fields in their order, with repeats, without `Host` and the hop-by-hop fields.
  public var fields: HTTPFields
  public var body: Body
  /// The client's IP address as the gateway saw it, `nil` if it did not say.
  public var clientAddress: String?
  /// Whether the client asks for a WebSocket (RFC 6455, 4.1). Its subprotocols are in the fields; its key, version and
  /// extensions are not, they belong to one connection. A backend stage may answer with ``Response/webSocket``.
  public var asksForWebSocket: Bool

  public init(
    method: HTTPRequest.Method = .get, scheme: String = "http", authority: String = "", target: String = "/",
    fields: HTTPFields = [:], body: Body = Body(), clientAddress: String? = nil,
    asksForWebSocket: Bool = false
  ) {
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.target = target
    self.fields = fields
    self.body = body
    self.clientAddress = clientAddress
    self.asksForWebSocket = asksForWebSocket
  }

  /// The target up to its `?`.
  public var path: Substring {
    target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[..<$0] } ?? target[...]
  }

  /// What follows the first `?` of the target, `nil` if there is none.
  public var query: Substring? {
    target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[target.utf8.index(after: $0)...] }
  }
}
