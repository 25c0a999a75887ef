public import HTTPTypes

/// An answer on its way to the client. Its body may not have been read yet.
public struct Response: Sendable {
  public var status: HTTPResponse.Status
  /// The header fields in their order, with repeats.
  public var fields: HTTPFields
  public var body: Body

  public init(status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], body: Body = Body()) {
    self.status = status
    self.fields = fields
    self.body = body
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
