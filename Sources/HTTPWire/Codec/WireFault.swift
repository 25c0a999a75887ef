/// What is wrong with octets that came. Nothing after it can be read from the connection.
package struct WireFault: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable, CaseIterable {
    /// The first line is not a request line or a status line (RFC 9112, sections 3 and 4).
    case startLine
    /// The target has none of the forms of RFC 9112, section 3.2, or an octet that is not visible ASCII.
    case target
    /// The version is well written, but neither HTTP/1.0 nor HTTP/1.1.
    case version
    /// CR without LF, or LF without CR (RFC 9112, section 2.2).
    case lineEnd
    /// A field line has no name, a space before its colon, a control octet, or is folded (RFC 9112, section 5).
    case field
    /// `Host` is missing, repeated, or not a host, or the target names another one (RFC 9112, section 3.2).
    case host
    /// `Content-Length` is not one number, or comes twice (RFC 9112, section 6.3).
    case length
    /// `Content-Length` beside `Transfer-Encoding`, or the latter in HTTP/1.0 (RFC 9112, section 6.1).
    case ambiguousFraming
    /// `Transfer-Encoding` names another coding than `chunked` (RFC 9112, section 6.1).
    case coding
    /// The request line is over the limit.
    case targetTooLong
    /// The head is over the limit, or has too many fields.
    case headTooLarge
    /// The size of a chunk, its extensions, or its end is malformed (RFC 9112, section 7.1).
    case chunk
    /// The trailer section is malformed, over the limit, or holds a field that frames or routes.
    case trailers
    /// The connection ended in the middle of a message.
    case truncated
    /// An answer that nobody asked for, or a switch of protocols that nobody asked for.
    case unexpected
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// The status that tells a client what is wrong with its request: 400, 414, 431, 501 or 505.
  package var status: Int {
    switch kind {
    case .version: 505
    case .coding: 501
    case .targetTooLong: 414
    case .headTooLarge: 431
    default: 400
    }
  }

  /// A sentence for a person.
  package var sentence: String {
    switch kind {
    case .startLine: "The first line of the message is not one of HTTP/1.1."
    case .target: "The request's target is malformed."
    case .version: "The message is of a version of HTTP that is not spoken here."
    case .lineEnd: "A line of the message does not end with CR LF."
    case .field: "A field of the message is malformed."
    case .host: "The request has no Host, several, or one that is malformed."
    case .length: "The message's Content-Length is not one number."
    case .ambiguousFraming: "The message says in two ways where it ends."
    case .coding: "The message has a transfer coding other than chunked."
    case .targetTooLong: "The request line is too long."
    case .headTooLarge: "The message's head is too large."
    case .chunk: "The message's content is not framed as its chunked coding wants it."
    case .trailers: "The message's trailers are malformed or too large."
    case .truncated: "The connection ended in the middle of a message."
    case .unexpected: "A message came that was not asked for."
    }
  }

  package var description: String { sentence }
}
