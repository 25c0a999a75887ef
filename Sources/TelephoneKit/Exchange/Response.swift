public import HTTPTypes

/// An answer on its way to the client. Its body may not have been read yet.
public struct Response: Sendable {
  public var status: HTTPResponse.Status
  /// The header fields in their order, with repeats.
  public var fields: HTTPFields
  public var body: Body
  /// The backend's end of an open WebSocket, beside the status 101. The backend stage sets it, response stages see the
  /// head only, and the runner joins it with the client's end in place of the emit stage. An answer with another status,
  /// or another answer, ends it.
  public var webSocket: (any WebSocketPeer)?

  public init(
    status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], body: Body = Body(),
    webSocket: (any WebSocketPeer)? = nil
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.webSocket = webSocket
  }

  /// An answer of UTF-8 text.
  public init(
    status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], text: String,
    contentType: String = "text/plain; charset=utf-8"
  ) {
    self.init(status: status, fields: fields, body: Body(text))
    self.fields[.contentType] = contentType
    self.fields[.contentLength] = String(text.utf8.count)
  }
}
